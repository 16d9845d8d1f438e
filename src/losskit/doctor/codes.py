"""The table of codes: what can be found, how bad it is, and how to mend it. A code never changes its meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")  # worst first


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of mistake. An error is surely wrong, a warning nearly so, a hint costs nothing to leave."""

    code: str
    severity: Severity
    title: str
    fix: str


_TABLE = (
    # 1xx: activation and link
    Code(
        "LK101", "error", "Softmax before cross-entropy", "Pass the raw scores: cross-entropy applies softmax itself."
    ),
    Code(
        "LK102",
        "error",
        "Probabilities into a binary loss on logits",
        "Pass the raw scores: the loss applies the sigmoid itself.",
    ),
    Code(
        "LK103",
        "hint",
        "log_softmax before cross-entropy",
        "Pass the raw scores, or use nll_loss: the second log_softmax changes nothing.",
    ),
    Code("LK104", "error", "nll_loss on logits", "Use cross_entropy, or pass log_softmax(scores)."),
    Code("LK105", "error", "nll_loss on probabilities", "Use cross_entropy on the raw scores, or pass log_softmax."),
    Code(
        "LK106", "warning", "ReLU before a loss on logits", "Remove the last ReLU: a logit must be able to be negative."
    ),
    Code(
        "LK107",
        "error",
        "Sigmoid before cross-entropy",
        "Pass the raw scores; for several labels per row use binary_cross_entropy_with_logits.",
    ),
    Code(
        "LK108",
        "error",
        "Cross-entropy over one class",
        "For two classes give two scores, or one with binary_cross_entropy_with_logits.",
    ),
    Code(
        "LK109",
        "error",
        "kl_div on what are not log-probabilities",
        "Pass log_softmax(scores) as the first argument of kl_div.",
    ),
    Code(
        "LK110", "error", "Dice on logits", "Apply sigmoid or softmax before Dice, or use lk.dice, which takes logits."
    ),
    Code(
        "LK111",
        "error",
        "Raw scores into a loss on probabilities",
        "Pass from_logits=True, or end the model in a softmax or sigmoid.",
    ),
    Code(
        "LK112",
        "warning",
        "Accuracy at a threshold of 0.5 on raw scores",
        "Pass keras.metrics.BinaryAccuracy(threshold=0.0): a logit of 0 is a probability of 0.5.",
    ),
    # 2xx: shapes and broadcasting
    Code(
        "LK201",
        "error",
        "Prediction and target broadcast to a larger array",
        "Give both one shape: pred.squeeze(1), or target.unsqueeze(1).",
    ),
    Code("LK202", "warning", "One target serves several predictions", "Give the target the shape of the prediction."),
    Code(
        "LK210",
        "warning",
        "Samples of a batch mix in the model",
        "Give the module the axis it expects (batch_first=True), and softmax its dim.",
    ),
    # 3xx: targets and domains
    Code("LK301", "error", "0/1 targets for a loss on -1/1", "Pass 2 * target - 1."),
    Code("LK302", "error", "Targets outside [0, 1] for binary cross-entropy", "Pass targets in [0, 1]."),
    Code("LK303", "warning", "Soft targets that do not sum to 1", "Divide each row of targets by its sum."),
    Code(
        "LK304",
        "error",
        "kl_div's target on the wrong scale",
        "Pass probabilities, or log-probabilities with log_target=True.",
    ),
    Code("LK305", "error", "Values outside the domain of the loss", "Pass what the loss declares; see losskit show."),
    # 4xx: reduction and normalisation
    Code("LK401", "error", "Negative pos_weight", "pos_weight is negatives / positives, above 0."),
    Code("LK402", "warning", "Inverted pos_weight", "pos_weight is negatives / positives, not the reverse."),
    Code("LK403", "hint", "kl_div averages over entries", 'Pass reduction="batchmean" for the mean over rows.'),
    Code(
        "LK404",
        "hint",
        "Micro-batches do not add up to the batch",
        "Sum the losses and divide by the count of the whole step: normalizer=n.",
    ),
    Code(
        "LK405",
        "warning",
        "Accumulated means over uneven masks",
        "Sum the losses, and divide each by the count of the targets of all passes before the step.",
    ),
    Code(
        "LK406",
        "warning",
        "Class weights follow the counts",
        "Weigh a class by 1 / its count, not by its count.",
    ),
    Code(
        "LK407",
        "hint",
        "The loss is a sum over the batch",
        "Take the mean, or scale the learning rate with the batch size.",
    ),
    Code(
        "LK408",
        "hint",
        "Class weights cancel",
        "Sum the weighted losses and divide by the number of targets, or use larger batches.",
    ),
    # 5xx: numerics
    Code(
        "LK501",
        "error",
        "NaN gradient of a finite loss",
        "Keep the operation away from its singular point: sqrt(x + 1e-12), or mask its input before it.",
    ),
    Code(
        "LK502",
        "error",
        "The loss overflows in half precision",
        "Compute the loss in float32: loss(pred.float(), ...).",
    ),
    Code(
        "LK503",
        "error",
        "The gradient is not finite at residual 0",
        "Keep roots and norms off 0: sqrt(x + 1e-12).",
    ),
    Code(
        "LK504",
        "warning",
        "A saturated prediction breaks the loss",
        "Use the loss on logits, log_softmax or logsigmoid, not the log of a probability.",
    ),
    Code(
        "LK505",
        "warning",
        "The loss is wrong in half precision",
        "Compute the loss in float32: loss(pred.float(), ...).",
    ),
    Code(
        "LK506",
        "hint",
        "NaN under the mask reaches the loss",
        "Select what counts, loss[mask], or torch.where: 0 * NaN is NaN.",
    ),
    # 6xx: masks and padding
    Code("LK601", "error", "Every target is ignored", "Skip such a batch, or sum and divide by max(count, 1)."),
    Code(
        "LK602",
        "warning",
        "ignore_index is a class of the data",
        "Choose an ignore_index outside the classes, such as -100.",
    ),
    Code(
        "LK610",
        "error",
        "Labels shifted twice",
        "Pass the labels unshifted: the model compares scores[:, :-1] with labels[:, 1:] itself.",
    ),
    # 7xx: scale and optimisation
    Code(
        "LK701",
        "error",
        "Parameters of the loss are in no optimizer",
        "Give them to the optimizer: [*model.parameters(), *criterion.parameters()].",
    ),
    Code(
        "LK702",
        "error",
        "A term of the loss has no gradient",
        "Use scores or probabilities, not argmax, rounding or a threshold.",
    ),
    Code(
        "LK704",
        "warning",
        "The first loss is far above that of equal scores",
        "Scale the inputs, and start the last layer small.",
    ),
    Code(
        "LK705",
        "warning",
        "Targets are far from the scale of predictions",
        "Standardise the targets: (y - mean) / std, and undo it for predictions.",
    ),
    Code(
        "LK706",
        "hint",
        "The scale of the loss is far from that of the targets",
        "Set it near the deviation of the targets, or standardise them.",
    ),
    Code(
        "LK707",
        "hint",
        "A term has next to no share in the gradient",
        "Raise its factor, or leave it out.",
    ),
    Code(
        "LK708",
        "warning",
        "Loss and metric part",
        "Choose the epoch by the metric, and a loss that is nearer to it: see lk.choose.",
    ),
    Code(
        "LK709",
        "hint",
        "The loss does not fall",
        "Fit one batch first; see lk.diagnose, and try another learning rate.",
    ),
    Code("LK710", "hint", "The loss spikes", "Clip gradients, and look at the batch of that step."),
    Code("LK711", "error", "The loss is not finite", "Mend the operation that is named, or lower the learning rate."),
    Code(
        "LK712",
        "error",
        "The loss is below its least value",
        "Check the targets and weights, and that predictions are what the loss takes.",
    ),
    # 8xx: boosters
    Code(
        "LK801",
        "error",
        "A custom objective with its sign flipped",
        "Return d loss / d score: positive where the score is above its target.",
    ),
    Code(
        "LK802",
        "error",
        "A custom objective whose Hessian is zero",
        "Return a positive curvature: 1 where the loss is made of straight pieces.",
    ),
    Code(
        "LK803",
        "error",
        "A custom objective whose Hessian is negative",
        "Return a positive curvature: an upper bound of the second derivative, or 1.",
    ),
    Code(
        "LK804",
        "error",
        "A custom objective divided by the number of rows",
        "Leave out the mean: return each row's own gradient and Hessian.",
    ),
    Code(
        "LK805",
        "warning",
        "predict_proba gives raw scores",
        "Ask for predict(X, raw_score=True), and apply the sigmoid or softmax to it.",
    ),
    Code(
        "LK806",
        "warning",
        "A custom objective whose Hessian is too small",
        "Multiply the Hessian by the same factors and weights as the gradient.",
    ),
    Code(
        "LK807",
        "warning",
        "LightGBM's huber out of reach of the targets",
        "Pass alpha, about 1.5 times the median distance of the targets from their median.",
    ),
    Code(
        "LK808",
        "error",
        "A custom logistic objective without its sigmoid",
        "Scores are raw: take p = 1 / (1 + exp(-score)), and return p - y and p * (1 - p).",
    ),
    # 9xx: structure-specific
    Code("LK901", "error", "CTC targets hold the blank", "Number the labels without the blank's index."),
    Code("LK902", "error", "CTC on what are not log-probabilities", "Pass scores.log_softmax(-1) to ctc_loss."),
    Code(
        "LK903",
        "warning",
        "CTC inputs too short for their targets",
        "Lengthen the input or drop these samples: they need length + repeats frames.",
    ),
    Code(
        "LK911",
        "warning",
        "A temperature on a part of the scores",
        "Divide positives and negatives by one temperature, after they are joined.",
    ),
)

CODES: dict[str, Code] = {code.code: code for code in _TABLE}

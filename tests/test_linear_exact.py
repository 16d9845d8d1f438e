"""The exact linear models: published answers, peers in the same process, and laws over the whole catalogue."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.svm import LinearSVC, LinearSVR

import losskit as lk
from losskit.core.registry import factory
from losskit.errors import InvalidInput, NotSupported
from losskit.testing.variants import variants
from losskit.training.descent import Diverged
from losskit.training.linear.exact import fit_linear
from losskit.training.linear.rows import check_known, row_terms

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # importing statsmodels and its loaders uses what pandas is about to change
    import statsmodels.api as sm

    def table(name, target=None, columns=None):
        """(X, y) of a data set that ships with statsmodels."""
        loaded = getattr(sm.datasets, name).load_pandas()
        if target is None:
            return loaded.exog.to_numpy(float), loaded.endog.to_numpy(float)
        return loaded.data[columns].to_numpy(float), loaded.data[target].to_numpy(float)

    ENGEL = table("engel", "foodexp", ["income"])
    STACKLOSS = table("stackloss", "STACKLOSS", ["AIRFLOW", "WATERTEMP", "ACIDCONC"])
    LONGLEY, SPECTOR, RANDHIE, FAIR, STAR98, SCOTLAND, COPPER = map(
        table, ("longley", "spector", "randhie", "fair", "star98", "scotland", "copper")
    )

DIABETES = load_diabetes(return_X_y=True)


def flat(fit):
    """The intercept, then the coefficients."""
    return np.append(fit.intercept, fit.coef)


# published answers


@pytest.mark.parametrize(
    ("level", "intercept", "income"),
    # Koenker and Bassett 1982, doi:10.2307/1912528: Engel's food expenditure
    [(0.25, 95.4835, 0.474103), (0.5, 81.4823, 0.560181), (0.75, 62.3966, 0.644014)],
)
def test_engel_quantiles(level, intercept, income):
    fit = fit_linear(lk.quantile(level=level), *ENGEL)
    assert fit.converged
    assert flat(fit) == pytest.approx([intercept, income], rel=1e-5)


@pytest.mark.parametrize(
    ("data", "loss", "answer"),
    [
        (ENGEL, lk.squared_error(), [147.4754, 0.485178]),
        # Brownlee 1965: stack loss; least absolute deviations Bloomfield and Steiger 1983
        (STACKLOSS, lk.squared_error(), [-39.919674, 0.715640, 1.295286, -0.152123]),
        (STACKLOSS, lk.absolute_error(), [-39.68986, 0.831884, 0.573913, -0.060870]),
        # the documentation of statsmodels.RLM, Huber's T at 1.345 of its final scale 2.440536
        (STACKLOSS, lk.huber(delta=1.345 * 2.440536), [-41.026498, 0.829384, 0.926066, -0.127847]),
    ],
)
def test_published_regressions(data, loss, answer):
    fit = fit_linear(loss, *data)
    assert fit.converged
    assert flat(fit) == pytest.approx(answer, rel=1e-5)


def test_longley_to_the_digits_that_nist_certifies():
    # https://www.itl.nist.gov/div898/strd/lls/data/Longley.shtml
    certified = [
        -3482258.63459582,
        15.0618722713733,
        -0.358191792925910e-01,
        -2.02022980381683,
        -1.03322686717359,
        -0.511041056535807e-01,
        1829.15146461355,
    ]
    fit = fit_linear(lk.squared_error(), *LONGLEY)
    np.testing.assert_allclose(flat(fit), certified, rtol=1e-10)
    assert fit.objective * 16 == pytest.approx(836424.055505915, rel=1e-12)


@pytest.mark.parametrize("base", [1.0, 0.1])
@pytest.mark.parametrize("loss", [lk.squared_error(), lk.absolute_error(), lk.log_cosh()])
def test_wampler_polynomials_of_nist(base, loss):
    # NIST StRD Wampler1 and Wampler2: y = Σ base^k x^k for x = 0 ... 20, without error
    powers = np.arange(21.0)[:, None] ** np.arange(1, 6)
    certified = base ** np.arange(6)
    fit = fit_linear(loss, powers, powers @ certified[1:] + 1.0)
    np.testing.assert_allclose(flat(fit), certified, rtol=1e-6)


def test_spector_logit():
    # Spector and Mazzeo 1980, as in Greene's Econometric Analysis, table 21.1
    fit = fit_linear(lk.binary_cross_entropy(), *SPECTOR)
    np.testing.assert_allclose(flat(fit), [-13.021347, 2.826113, 0.095158, 2.378688], rtol=1e-5)
    assert -32 * fit.objective == pytest.approx(-12.889634, rel=1e-7)


def test_randhie_poisson():
    X, y = RANDHIE
    fit = fit_linear(lk.poisson(full=True), X, y)
    assert -len(y) * fit.objective == pytest.approx(-62419.589, rel=1e-8)
    assert fit.coef[0] == pytest.approx(-0.05254, rel=1e-4)


def test_star98_binomial():
    X, counts = STAR98
    trials = counts.sum(axis=1)
    fit = fit_linear(lk.binary_cross_entropy(), X, counts[:, 0] / trials, weight=trials)
    # Gill 2001, Generalized Linear Models, table 6.3, and the documentation of statsmodels.GLM
    published = [2.9589, -0.0168, 0.0099, -0.0187, -0.0142, 0.2545, 0.2407, 0.0804, -1.9522, -0.3341]
    np.testing.assert_allclose(flat(fit)[:10], published, atol=5e-5)


# peers


def peer_fit(model, X, y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels warns of its own defaults
        return model(y, sm.add_constant(X), **options)


@pytest.mark.parametrize("data", [ENGEL, STACKLOSS, LONGLEY, COPPER, FAIR, DIABETES], ids=len)
def test_least_squares_matches_statsmodels(data):
    X, y = data
    np.testing.assert_allclose(
        flat(fit_linear(lk.squared_error(), X, y)), peer_fit(sm.OLS, X, y).fit().params, rtol=1e-7
    )


@pytest.mark.parametrize(
    ("loss", "data", "family"),
    [
        (lk.poisson(), FAIR, sm.families.Poisson()),
        (lk.poisson(), RANDHIE, sm.families.Poisson()),
        (lk.gamma(), SCOTLAND, sm.families.Gamma(sm.families.links.Log())),
        (lk.tweedie(power=1.5), FAIR, sm.families.Tweedie(sm.families.links.Log(), var_power=1.5)),
    ],
    ids=["fair", "randhie", "scotland", "tweedie"],
)
def test_likelihoods_match_statsmodels(loss, data, family):
    X, y = data
    peer = peer_fit(sm.GLM, X, y, family=family).fit(tol=1e-14, maxiter=200)
    np.testing.assert_allclose(flat(fit_linear(loss, X, y)), peer.params, rtol=1e-6)


@pytest.mark.parametrize(
    ("loss", "l1", "l2", "peer"),
    [
        (lk.squared_error(half=True), 0.0, 0.1, Ridge(alpha=0.1 * 442, tol=1e-14)),
        (lk.squared_error(half=True), 0.5, 0.0, Lasso(alpha=0.5, tol=1e-14, max_iter=10**6)),
        (lk.squared_error(half=True), 0.04, 0.06, ElasticNet(alpha=0.1, l1_ratio=0.4, tol=1e-14, max_iter=10**6)),
        (lk.quantile(level=0.8), 0.01, 0.0, QuantileRegressor(quantile=0.8, alpha=0.01)),
        (lk.poisson(), 0.0, 0.3, PoissonRegressor(alpha=0.3, tol=1e-12, max_iter=10**4, solver="newton-cholesky")),
        (lk.gamma(), 0.0, 0.3, GammaRegressor(alpha=0.3, tol=1e-12, max_iter=10**4, solver="newton-cholesky")),
        (
            lk.tweedie(power=1.5),
            0.0,
            0.3,
            TweedieRegressor(power=1.5, link="log", alpha=0.3, tol=1e-12, max_iter=10**4, solver="newton-cholesky"),
        ),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_penalised_regressions_match_scikit_learn(loss, l1, l2, peer):
    X, y = DIABETES
    X = X * 20.0
    peer.fit(X, y)
    alpha = l1 + l2
    fit = fit_linear(loss, X, y, penalty="elasticnet", alpha=alpha, l1_ratio=l1 / alpha)
    assert fit.converged
    np.testing.assert_allclose(fit.coef, peer.coef_, rtol=1e-6, atol=1e-7)
    assert fit.intercept == pytest.approx(peer.intercept_, rel=1e-7)
    np.testing.assert_array_equal(fit.coef == 0, peer.coef_ == 0)


def test_huber_matches_scikit_learn_at_its_scale():
    X, y = DIABETES[0] * 20.0, DIABETES[1]
    peer = HuberRegressor(epsilon=1.35, alpha=0.01, tol=1e-10, max_iter=10**4).fit(X, y)
    loss, alpha = lk.huber(delta=1.35 * peer.scale_), 0.01 * peer.scale_ / len(y)
    fit = fit_linear(loss, X, y, penalty="l2", alpha=alpha)
    reached = objective(loss, X, y, peer.coef_, peer.intercept_, "l2", alpha)
    assert fit.objective <= reached <= fit.objective * (1 + 1e-8)  # its quasi-Newton method stops a little above
    np.testing.assert_allclose(fit.coef, peer.coef_, atol=0.02)


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_binary_cross_entropy_matches_scikit_learn(penalty):
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    options = {"l1_ratio": float(penalty == "l1"), "C": 1.0, "tol": 1e-12, "max_iter": 10**5, "fit_intercept": False}
    peer = LogisticRegression(solver="liblinear", **options).fit(X, y)
    fit = fit_linear(
        lk.binary_cross_entropy(), X, y.astype(float), penalty=penalty, alpha=1 / len(y), fit_intercept=False
    )
    np.testing.assert_allclose(fit.coef, peer.coef_[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_cross_entropy_matches_scikit_learn(name):
    X, ids = {"iris": load_iris, "digits": load_digits}[name](return_X_y=True)
    alpha, classes = 0.01, len(np.unique(ids))
    peer = LogisticRegression(C=1 / (alpha * len(ids)), solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(X, ids)
    fit = fit_linear(lk.cross_entropy(), X, ids, classes=classes, penalty="l2", alpha=alpha)
    assert fit.converged
    np.testing.assert_allclose(fit.coef, peer.coef_, atol=1e-8)
    np.testing.assert_allclose(fit.intercept, peer.intercept_ - peer.intercept_.mean(), atol=1e-6)


@pytest.mark.parametrize(("loss", "name"), [(lk.hinge(), "hinge"), (lk.squared_hinge(), "squared_hinge")])
def test_support_vectors_match_liblinear(loss, name):
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    peer = LinearSVC(loss=name, C=0.1, fit_intercept=False, tol=1e-10, max_iter=10**5, random_state=0).fit(X, y)
    options = {"penalty": "l2", "alpha": 1 / (0.1 * len(y)), "fit_intercept": False}
    fit = fit_linear(loss, X, y.astype(float), **options)
    assert fit.converged
    np.testing.assert_allclose(fit.coef, peer.coef_[0], atol=1e-7)


@pytest.mark.parametrize("squared", [False, True])
def test_support_vector_regression_matches_liblinear(squared):
    X, y = DIABETES
    X, y, name = X * 20.0, (y - y.mean()) / y.std(), f"{'squared_' if squared else ''}epsilon_insensitive"
    peer = LinearSVR(loss=name, epsilon=0.3, C=0.1, fit_intercept=False, tol=1e-10, max_iter=10**5, random_state=0)
    loss = lk.epsilon_insensitive(epsilon=0.3, squared=squared)
    fit = fit_linear(loss, X, y, penalty="l2", alpha=1 / (0.1 * len(y)), fit_intercept=False)
    np.testing.assert_allclose(fit.coef, peer.fit(X, y).coef_, atol=1e-7)


def epigraph(X, y, up, down, band=0.0):
    """min mean(up·max(y - band - z, 0) + down·max(z - y - band, 0)) as a linear program in (coef, intercept, two
    slacks for each row)."""
    n, p = X.shape
    A = np.column_stack([X, np.ones(n)])
    cost = np.concatenate([np.zeros(p + 1), up / n * np.ones(n), down / n * np.ones(n)])
    eye, none = np.eye(n), np.zeros((n, n))
    rows = np.vstack([np.hstack([-A, -eye, none]), np.hstack([A, none, -eye])])
    bounds = [(None, None)] * (p + 1) + [(0, None)] * (2 * n)
    return linprog(cost, A_ub=rows, b_ub=np.concatenate([band - y, y + band]), bounds=bounds).fun


@pytest.mark.parametrize(
    ("loss", "program"),
    [
        (lk.absolute_error(), (1.0, 1.0)),
        (lk.quantile(level=0.03), (0.03, 0.97)),
        (lk.epsilon_insensitive(epsilon=20.0), (1.0, 1.0, 20.0)),
    ],
)
@pytest.mark.parametrize("rounded", [False, True])  # then many rows tie
def test_piecewise_linear_losses_reach_the_linear_program(loss, program, rounded):
    X, y = DIABETES[0][:150], DIABETES[1][:150]
    X, y = (np.round(X * 20.0), np.round(y / 50) * 50) if rounded else (X, y)
    fit = fit_linear(loss, X, y)
    assert fit.converged
    assert fit.objective == pytest.approx(epigraph(X, y, *program), rel=1e-11)


# laws over the catalogue


N, D = 60, 3
X = np.random.default_rng(0).normal(size=(N, D))
SCORE = X @ [1.0, -0.5, 0.3] + 0.2


def target_for(loss):
    rng, definition = np.random.default_rng(1), loss.definition
    domain = next(d for name, d in definition.inputs.items() if name != definition.lead)
    if definition.class_input:
        return np.argmax(np.outer(SCORE, [1, 0, -1]) + rng.gumbel(size=(N, 3)), axis=1)
    if definition.task == "binary":
        return (SCORE + rng.logistic(size=N) > 0).astype(float)
    if domain.low > -np.inf:
        return np.exp(0.5 * SCORE) * rng.gamma(2.0, size=N)
    return 3 * SCORE + rng.standard_t(3, size=N) + 5


def objective(loss, X, y, coef, intercept, penalty=None, alpha=0.0, weight=None):
    """What is minimised, written out."""
    size = {None: 0.0, "l1": np.abs(coef).sum(), "l2": 0.5 * np.sum(np.square(coef))}[penalty]
    return float(loss(X @ np.asarray(coef).T + intercept, y, weight=weight)) + alpha * size


def trains_linear_models(name):
    """Trainable, of one target, and of scores that may be 0 and beyond: no probability, no rate."""
    definition = factory(name).definition
    lead = definition.inputs[definition.lead]
    if not definition.trainable or lead.low >= 0.0 or lead.high < np.inf:
        return False
    if name in ("generalized_ce", "total_variation_distance", "wgan"):  # bounded or straight: many minima, or none
        return False
    try:
        check_known(factory(name).example(), 3)
    except NotSupported:
        return False
    return True


LOSSES = [loss for name in lk.names() if trains_linear_models(name) for loss in variants(factory(name))]
every_loss = pytest.mark.parametrize("loss", [*LOSSES, lk.squared_error() + 0.5 * lk.absolute_error()], ids=repr)


def parts(loss):
    return [part for _, part in getattr(loss, "parts", ((1.0, loss),))]


def classes_of(loss):
    return 3 if parts(loss)[0].definition.class_input else None


def is_convex(loss):
    return all(part.claims.get("convex") is True for part in parts(loss))


@every_loss
@pytest.mark.parametrize("penalty", [None, "l1", "l2"])
@pytest.mark.parametrize("intercept", [True, False])
def test_no_direction_leads_below_the_minimum(loss, penalty, intercept):
    y, rng = target_for(parts(loss)[0]), np.random.default_rng(2)
    fit = fit_linear(
        loss, X, y, penalty=penalty, alpha=0.05, fit_intercept=intercept, classes=classes_of(loss), tolerance=1e-10
    )
    assert fit.converged
    assert ("not convex" in fit.message) != is_convex(loss)
    least = objective(loss, X, y, fit.coef, fit.intercept, penalty, 0.05)
    assert fit.objective == pytest.approx(least, rel=1e-12, abs=1e-15)
    furthest = 0.0 if is_convex(loss) else -3.0
    for trial in range(30):
        length = 10.0 ** rng.uniform(-6.0, furthest)
        turn = rng.normal(size=fit.coef.shape) * (np.ones_like(fit.coef) if trial % 2 else fit.coef != 0)
        lift = rng.normal(size=np.shape(fit.intercept)) * intercept
        there = objective(loss, X, y, fit.coef + length * turn, fit.intercept + length * lift, penalty, 0.05)
        assert there >= least - 1e-12 * abs(least)


@every_loss
def test_integer_weight_is_repetition(loss):
    y, K = target_for(parts(loss)[0]), classes_of(loss)
    times = np.random.default_rng(3).integers(0, 4, size=N)
    weighted = fit_linear(loss, X, y, weight=times.astype(float), classes=K)
    repeated = fit_linear(loss, np.repeat(X, times, axis=0), np.repeat(y, times), classes=K)
    assert weighted.objective == pytest.approx(repeated.objective, rel=1e-10, abs=1e-14)
    if is_convex(loss) and all(part.claims.get("smooth") for part in parts(loss)):
        np.testing.assert_allclose(flat(weighted), flat(repeated), rtol=1e-6, atol=1e-8)


@every_loss
def test_order_of_rows_does_not_matter(loss):
    y, K, order = target_for(parts(loss)[0]), classes_of(loss), np.random.default_rng(4).permutation(N)
    plain, shuffled = fit_linear(loss, X, y, classes=K), fit_linear(loss, X[order], y[order], classes=K)
    assert plain.objective == pytest.approx(shuffled.objective, rel=1e-10, abs=1e-14)


@every_loss
def test_units_of_columns_do_not_matter(loss):
    if not is_convex(loss):
        return
    y, K, units = target_for(parts(loss)[0]), classes_of(loss), np.array([1e-8, 1.0, 1e8])
    plain, scaled = fit_linear(loss, X, y, classes=K), fit_linear(loss, X * units + [0.0, 3.0, 1e8], y, classes=K)
    assert scaled.converged
    assert plain.objective == pytest.approx(scaled.objective, rel=1e-10, abs=1e-14)
    if all(part.claims.get("smooth") for part in parts(loss)):
        np.testing.assert_allclose(scaled.coef * units, plain.coef, rtol=1e-6, atol=1e-8)


@every_loss
def test_rows_without_weight_have_no_influence(loss):
    y, K = target_for(parts(loss)[0]), classes_of(loss)
    wild, kept = np.vstack([X, [[1e6, -1e6, 1e6], [np.nan, np.inf, 0.0]]]), np.ones(N + 2)
    kept[-2:] = 0.0
    plain = fit_linear(loss, X, y, classes=K)
    padded = fit_linear(loss, wild, np.append(y, [y[0], y[1]]), weight=kept, classes=K)
    np.testing.assert_array_equal(flat(plain), flat(padded))


# hard tables


def near_kinked():
    return [lk.log_cosh(), lk.huber(), lk.smooth_l1(), lk.pseudo_huber(delta=1e-3), lk.fair(), lk.huber(delta=1e-6)]


@pytest.mark.parametrize("loss", near_kinked(), ids=repr)
@pytest.mark.parametrize("scale", [1.0, 1e3, 1e6])
def test_losses_that_are_round_only_near_the_target(loss, scale):
    X, y = DIABETES[0], DIABETES[1] * scale
    fit = fit_linear(loss, X, y)
    assert fit.converged
    least, rng = objective(loss, X, y, fit.coef, fit.intercept), np.random.default_rng(0)
    for _ in range(100):
        length = 10.0 ** rng.uniform(-8.0, 0.0) * scale
        there = objective(loss, X, y, fit.coef + length * rng.normal(size=10), fit.intercept + length * rng.normal())
        assert there >= least * (1 - 1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_models_without_a_minimum_are_damped(seed):
    # Most rows lie on the straight arms of the loss: its quadratic model falls without end.
    rng = np.random.default_rng(seed)
    X = rng.standard_cauchy(size=(20, 5))
    y = X @ rng.normal(size=5) + rng.standard_t(2, size=20)
    loss, settings = lk.huber(delta=0.1), {"penalty": "l1", "alpha": 1e-4}
    fit = fit_linear(loss, X, y, **settings, fit_intercept=False)
    assert fit.converged
    slope = loss.gradient(X @ fit.coef, y) @ X / 20
    np.testing.assert_allclose(slope[fit.coef != 0], -1e-4 * np.sign(fit.coef[fit.coef != 0]), atol=1e-10)
    assert (np.abs(slope) <= 1e-4 + 1e-10).all()


ALL_KINDS = [lk.squared_error(), lk.absolute_error(), lk.huber(delta=50.0), lk.poisson(), lk.quantile(level=0.9)]


@pytest.mark.parametrize("loss", ALL_KINDS, ids=repr)
def test_collinear_and_constant_columns(loss):
    X, y = DIABETES
    more = np.hstack([X, X[:, :2] @ [[1.0], [2.0]], np.full((len(X), 1), 7.0)])
    plain, collinear = fit_linear(loss, X, y), fit_linear(loss, more, y)
    assert collinear.converged
    assert np.isfinite(collinear.coef).all()
    assert collinear.coef[-1] == 0.0
    assert collinear.objective == pytest.approx(plain.objective, rel=1e-12)
    np.testing.assert_allclose(more @ collinear.coef + collinear.intercept, X @ plain.coef + plain.intercept, rtol=1e-8)


@pytest.mark.parametrize("loss", [lk.squared_error(), lk.absolute_error(), lk.log_cosh(), lk.cauchy()], ids=repr)
def test_more_columns_than_rows(loss):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(10, 30)), rng.normal(size=10)
    fit = fit_linear(loss, X, y)
    assert fit.converged
    np.testing.assert_allclose(X @ fit.coef + fit.intercept, y, atol=1e-12)
    for penalty in ("l1", "l2"):
        assert fit_linear(loss, X, y, penalty=penalty, alpha=0.1).converged


@pytest.mark.parametrize(
    "loss", [lk.squared_error(), lk.absolute_error(), lk.huber(), lk.quantile(level=0.2)], ids=repr
)
def test_one_row_and_constant_targets(loss):
    X, y = DIABETES
    for fit in (fit_linear(loss, X[:1], y[:1]), fit_linear(loss, X, np.full(len(X), y[0]))):
        assert fit.converged
        assert fit.intercept == pytest.approx(y[0])
        np.testing.assert_allclose(fit.coef, 0.0, atol=1e-10)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e3, 1e9, 1e12])
@pytest.mark.parametrize("loss", [lk.gamma(), lk.poisson(), lk.tweedie(power=1.5)], ids=repr)
@pytest.mark.parametrize("df", [1, 3])
def test_units_of_a_positive_target_move_the_intercept_alone(loss, unit, df):
    rng = np.random.default_rng(0)
    X = rng.standard_t(df, size=(200, 3))
    y = np.exp(np.clip(X @ [0.5, -0.3, 0.2], -10, 10)) * rng.gamma(2.0, size=200)
    plain, scaled = fit_linear(loss, X, y), fit_linear(loss, X, y * unit)
    assert scaled.converged
    np.testing.assert_allclose(flat(scaled) - np.log(unit) * np.eye(4)[0], flat(plain), rtol=1e-7, atol=1e-9)


SEPARABLE = [
    lk.binary_cross_entropy(),
    lk.exponential(),
    lk.brier(),
    lk.binary_cross_entropy() + 0.3 * lk.hinge(),
    lk.exponential() + lk.hinge(),
]


@pytest.mark.parametrize("loss", SEPARABLE, ids=repr)
@pytest.mark.parametrize("df", [1, 1000])
def test_separable_classes_have_no_finite_minimum(loss, df):
    X = np.random.default_rng(0).standard_t(df, size=(N, D))
    y = (X[:, 0] > 0).astype(float)
    fit = fit_linear(loss, X, y)
    assert not fit.converged
    assert "no finite minimum" in fit.message
    assert np.isfinite(flat(fit)).all()
    assert fit.objective < 1e-10
    assert fit_linear(loss, X, y, penalty="l2", alpha=0.01).converged


def test_separable_classes_end_a_hinge_at_zero():
    fit = fit_linear(lk.hinge(), X, (X[:, 0] > 0).astype(float))
    assert fit.converged
    assert fit.objective == 0.0


def test_classes_that_are_partly_separable():
    X, ids = load_iris(return_X_y=True)
    fit = fit_linear(lk.cross_entropy(), X, ids, classes=3)
    assert "no finite minimum" in fit.message
    np.testing.assert_allclose(fit.coef.sum(axis=0), 0.0, atol=1e-10)
    two = fit_linear(lk.binary_cross_entropy(), X[50:], (ids[50:] == 2).astype(float))  # the two that overlap
    assert fit.objective == pytest.approx(two.objective * 100 / 150, rel=1e-9)


# shapes and settings


def test_outputs_are_solved_each_for_itself():
    X, y = DIABETES
    both = np.column_stack([y, y**2 / 100])
    loss = lk.quantile(level=[0.3, 0.8])
    fit = fit_linear(loss, X, both)
    assert (fit.coef.shape, fit.intercept.shape) == ((2, 10), (2,))
    for column, level in enumerate((0.3, 0.8)):
        alone = fit_linear(lk.quantile(level=level), X, both[:, column])
        np.testing.assert_allclose(fit.coef[column], alone.coef, rtol=1e-9)
    assert isinstance(alone.intercept, float)


def test_class_weights_and_ignored_ids_divide_as_the_loss_does():
    y = target_for(lk.cross_entropy())
    loss = lk.cross_entropy(class_weight=[1.0, 2.0, 0.5], ignore_index=7)
    y[:5] = 7
    fit = fit_linear(loss, X, y, classes=3)
    assert fit.objective == pytest.approx(float(loss(X @ fit.coef.T + fit.intercept, y)), rel=1e-13)
    kept = fit_linear(loss, X[5:], y[5:], classes=3)
    np.testing.assert_allclose(fit.coef, kept.coef, rtol=1e-7, atol=1e-9)


def test_l1_over_classes_reaches_its_minimum():
    X, ids = load_iris(return_X_y=True)
    fit = fit_linear(lk.cross_entropy(), X, ids, classes=3, penalty="l1", alpha=0.01)
    assert fit.converged
    slope = lk.cross_entropy().gradient(X @ fit.coef.T + fit.intercept, ids).T @ X / len(X)
    zero = fit.coef == 0
    assert zero.any()
    assert fit.intercept.sum() == pytest.approx(0.0, abs=1e-9)
    assert (np.abs(slope[zero]) <= 0.01).all()
    np.testing.assert_allclose(slope[~zero], -0.01 * np.sign(fit.coef[~zero]), rtol=1e-7)


def test_kinks_are_found_in_the_definition():
    def kinks(loss, y):
        return [(k.at[0], k.jump[0]) for k in row_terms(loss, np.array([y]), np.ones(1), None, None)[0].kinks]

    assert kinks(lk.quantile(level=0.2), 5.0) == [(5.0, pytest.approx(1.0))]
    assert kinks(lk.epsilon_insensitive(epsilon=0.5), 5.0) == [(4.5, pytest.approx(1.0)), (5.5, pytest.approx(1.0))]
    assert kinks(lk.hinge(margin=2.0), 0.0) == [(-2.0, pytest.approx(1.0))]
    assert kinks(lk.mape(), 4.0) == [(4.0, pytest.approx(0.5))]
    assert kinks(lk.smape(), 4.0) == [(4.0, pytest.approx(0.5))]  # the one at 0 bends down
    for smooth in (lk.huber(), lk.expectile(level=0.9), lk.squared_error(), lk.tukey(), lk.fair()):
        assert kinks(smooth, 5.0) == []


def test_a_loss_of_the_user_s_own():
    @lk.define_loss(pred=lk.Real, target=lk.Real, claims={"convex": True})
    def steps(ops, pred, target):
        """Absolute error that costs double beyond 2 above the target."""
        r = pred - target
        return ops.abs(r) + ops.relu(r - 2.0)

    n, y = len(X), target_for(lk.squared_error())
    fit = fit_linear(steps(), X, y)
    A = np.column_stack([X, np.ones(n)])
    cost = np.concatenate([np.zeros(D + 1), np.ones(2 * n) / n])
    eye, none = np.eye(n), np.zeros((n, n))
    rows = np.vstack([np.hstack([A, -eye, none]), np.hstack([-A, -eye, none]), np.hstack([A, none, -eye])])
    bounds = [(None, None)] * (D + 1) + [(0, None)] * (2 * n)
    least = linprog(cost, A_ub=rows, b_ub=np.concatenate([y, -y, y + 2.0]), bounds=bounds).fun
    assert fit.converged
    assert fit.objective == pytest.approx(least, rel=1e-11)


def test_what_is_refused():
    y = target_for(lk.squared_error())
    for options, words in [
        ({"penalty": "l3"}, "penalty='l3'"),
        ({"alpha": -1.0}, "alpha=-1.0"),
        ({"penalty": "elasticnet", "alpha": 1.0, "l1_ratio": 2.0}, "l1_ratio=2.0"),
        ({"classes": 3}, "classes=3"),
        ({"weight": np.zeros(N)}, "weight"),
        ({"weight": np.ones(N - 1)}, "weight"),
    ]:
        with pytest.raises(InvalidInput, match=words):
            fit_linear(lk.huber(), X, y, **options)
    with pytest.raises(InvalidInput, match="shape"):
        fit_linear(lk.huber(), X, y[1:])
    with pytest.raises(InvalidInput, match="not finite"):
        fit_linear(lk.huber(), X * np.nan, y)
    with pytest.raises(InvalidInput, match="target"):
        fit_linear(lk.poisson(), X, y - 100.0)
    with pytest.raises(InvalidInput, match="classes=None"):
        fit_linear(lk.cross_entropy(), X, np.zeros(N, int))
    with pytest.raises(NotSupported, match="surrogate"):
        fit_linear(lk.zero_one(), X, (y > 5).astype(float))
    with pytest.raises(Diverged, match="not finite"):
        fit_linear(lk.squared_error(), X, y * 1e200)


def test_the_limit_is_kept_and_said():
    fit = fit_linear(lk.poisson(), *RANDHIE, max_iter=2)
    assert (fit.iterations, fit.converged) == (2, False)
    assert "max_iter=2" in fit.message

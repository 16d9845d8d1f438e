"""Published coefficients of public data, from the estimators, to 4 significant digits at least.

The data come with statsmodels, whose documentation and tests print the coefficients; other sources are named.
"""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels import datasets

import losskit as lk


def columns_of(name):
    data = getattr(datasets, name).load_pandas()
    return np.asarray(data.exog, float), np.asarray(data.endog, float)


def engel():
    data = datasets.engel.load_pandas().data
    return data[["income"]].to_numpy(), data["foodexp"].to_numpy()


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=5e-5)


@pytest.mark.parametrize(
    ("loss", "intercept", "slope"),
    [
        (lk.quantile(level=0.25), 95.4835, 0.474103),  # Koenker and Bassett 1982, doi:10.2307/1912528
        (lk.quantile(level=0.5), 81.4822, 0.560181),
        (lk.quantile(level=0.75), 62.3966, 0.644014),
        (lk.absolute_error(), 81.4822, 0.560181),
        (lk.squared_error(), 147.4754, 0.485178),
    ],
    ids=repr,
)
def test_food_expenditure(loss, intercept, slope):
    fitted = lk.LossRegressor(loss).fit(*engel())
    close([fitted.intercept_, *fitted.coef_], [intercept, slope])


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("squared_error", [-39.919674, 0.715640, 1.295286, -0.152123]),  # Brownlee 1965, Statistical Theory
        (
            "absolute_error",
            [-39.68986, 0.831884, 0.573913, -0.060870],
        ),  # Barrodale and Roberts 1973, doi:10.1137/0710069
    ],
)
def test_stack_loss(loss, expected):
    fitted = lk.LossRegressor(loss).fit(*columns_of("stackloss"))
    close([fitted.intercept_, *fitted.coef_], expected)


def test_stack_loss_by_huber_at_the_scale_of_its_own_residuals():
    """R's MASS::rlm(stack.loss ~ .): Venables and Ripley 2002, Modern Applied Statistics with S, section 6.5."""
    X, y = columns_of("stackloss")
    scale = 1.0
    for _ in range(50):
        fitted = lk.LossRegressor(lk.huber(delta=1.345 * scale)).fit(X, y)
        scale = np.median(np.abs(y - fitted.predict(X))) / 0.6745
    np.testing.assert_allclose([fitted.intercept_, *fitted.coef_], [-41.0265, 0.8294, 0.9261, -0.1278], atol=5e-5)


@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_teaching_economics(loss):
    """Greene, Econometric Analysis, the logit of grades on GPA, TUCE and PSI."""
    X, y = columns_of("spector")
    fitted = lk.LossClassifier(loss).fit(X, y)
    close(fitted.coef_, [[2.826113, 0.095158, 2.378688]])
    close(fitted.intercept_, [-13.021347])
    close(lk.scorer(loss)(fitted, X, y) * len(y), -12.889634)


def test_health_insurance_counts():
    X, y = columns_of("randhie")
    loss = lk.poisson(full=True)
    fitted = lk.LossRegressor(loss).fit(X, y)
    close(lk.scorer(loss)(fitted, X, y) * len(y), -62419.589)
    np.testing.assert_allclose(fitted.coef_[0], -0.05254, atol=5e-6)


def test_longley_s_columns_of_unequal_scale():
    """NIST Statistical Reference Datasets, Longley: certified to 15 digits."""
    fitted = lk.LossRegressor().fit(*columns_of("longley"))
    certified = [-3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683, -1.03322686717359]
    certified += [-0.511041056535807e-01, 1829.15146461355]
    np.testing.assert_allclose([fitted.intercept_, *fitted.coef_], certified, rtol=1e-8)


def test_party_identification_of_seven_classes():
    """The multinomial logit of statsmodels' documentation on the American National Election Study 1996."""
    X, y = columns_of("anes96")
    fitted = lk.LossClassifier().fit(X, y)
    close(lk.scorer("cross_entropy")(fitted, X, y) * len(y), -1461.92274725)
    first = fitted.coef_[1] - fitted.coef_[0]
    np.testing.assert_allclose(first, [-0.0115, 0.2977, -0.0249, 0.0825, 0.0052], atol=5e-5)
    np.testing.assert_allclose(fitted.intercept_[1] - fitted.intercept_[0], -0.3734, atol=5e-5)

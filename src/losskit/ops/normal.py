"""The tail of the normal distribution, from words that every library has."""

from __future__ import annotations

from typing import Any

ROOT_TWO_PI = 2.5066282746310002
CENTRE = 3.5
# (t + 3.5)(φ(t)/Φ(-t) - t) as a polynomial in s = (t - 3.5)/(t + 3.5), which takes t >= 0 to [-1, 1): a Chebyshev
# interpolation in 50 digits, the way of Shepherd and Laframboise 1981, doi:10.1090/S0025-5718-1981-0595058-X
COEFFICIENTS = (
    1.759738854003898,
    -1.0299783886096456,
    0.21069624634473083,
    0.15371368344104813,
    -0.10078958422774553,
    -0.02218009878281826,
    0.035587516289165386,
    0.002029881705622421,
    -0.011862644414322521,
    0.00027216855695113255,
    0.0038678080250464375,
    -0.000204380461067641,
    -0.0012316407370872797,
    5.555277584166589e-05,
    0.00037629115734778796,
    -4.362967043814445e-06,
    -0.00010727843530208728,
    -3.544696655249873e-06,
    2.7552008997320185e-05,
    1.9258936160569064e-06,
    -6.1022320857347e-06,
    -4.461466145609855e-07,
    1.0966974226692024e-06,
    1.0966398638150465e-08,
    -1.433336151615983e-07,
    2.089400050041101e-08,
    1.0258564129313269e-08,
    -3.974647760808169e-09,
)


def excess(t: Any) -> Any:
    """φ(t)/Φ(-t) - t for t >= 0, between √(2/π) and 0: the hazard of a normal variable above t itself."""
    s = (t - CENTRE) / (t + CENTRE)
    series = 0.0 * s
    for coefficient in reversed(COEFFICIENTS):
        series = series * s + coefficient
    return series / (t + CENTRE)

from losskit.errors import *  # noqa: F403
from losskit.errors import InvalidInput, InvalidType, LosskitError, MissingExtra, NotSupported, UnknownName, nearest, require

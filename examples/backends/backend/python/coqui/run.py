from common.loader import load

SPEAKERS = 3

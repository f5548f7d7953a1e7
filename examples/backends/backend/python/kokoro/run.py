from common.loader import load

VOICES = ["af", "bf"]

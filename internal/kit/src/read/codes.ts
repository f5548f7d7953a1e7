/** What reading a YAML or JSON file finds, and what it means. */
export const YAML_CODES = {
  "yaml-syntax": "The file is not valid YAML.",
  "yaml-too-deep": "The file is nested too deeply to be read.",
  "yaml-key-twice": "A key stands twice in one mapping, so one of its values would be lost.",
  "yaml-key-not-text": "A key is a list, a mapping or an alias.",
  "yaml-key-refused": "A key is called `__proto__`, which changes every object of programs that copy it.",
  "yaml-unknown-alias": "An alias has no anchor before it.",
  "yaml-aliases-multiply": "Aliases that hold aliases expand to more values than any matrix has.",
  "yaml-several-documents": "The file holds more than one YAML document.",
  "yaml-not-json": "A value is not a number, text, list or mapping that JSON can hold, such as `.inf`.",
} as const;

export type YamlCode = keyof typeof YAML_CODES;

/** What comparing a file with its JSON Schema finds. */
export const SHAPE_CODES = {
  "unknown-key": "A key is not known here.",
  "missing-key": "A key that must be there is missing.",
  "wrong-type": "A value has the wrong type, such as a text where a list is expected.",
  "unknown-value": "A value is not one of those allowed here.",
  "wrong-form": "A text does not have the form that is expected here.",
  "too-few-values": "A list has too few items.",
  "value-twice": "A list holds the same item twice.",
  "wrong-value": "A value is outside of what is allowed here.",
} as const;

export type ShapeCode = keyof typeof SHAPE_CODES;

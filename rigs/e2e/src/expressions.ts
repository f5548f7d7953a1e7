import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { truthy } from "@actions/expressions/result";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";

/** What `success()`, `failure()` and `cancelled()` look at: whether everything before went well. */
export type Status = "success" | "failure";

/** `${{ }}` in text, evaluated by GitHub's own evaluator. */
export function interpolate(text: string, contexts: JsonObject): string {
  return text.replace(EXPRESSION, (_, expression: string) => evaluate(expression, contexts).coerceString());
}

// What stands in quotes may hold braces: format('{{{0}-*}}', x).
const EXPRESSION = /\$\{\{((?:'[^']*'|[^'])*?)\}\}/g;
const WHOLE = new RegExp(`^\\s*${EXPRESSION.source}\\s*$`);

/** A value that is one expression as a whole keeps its type, as `matrix` and `with` do. */
export function resolved(value: Json, contexts: JsonObject): Json {
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, contexts)]));
  }
  if (Array.isArray(value)) return value.map((each: Json) => resolved(each, contexts));
  if (typeof value !== "string") return value;
  const [first, ...others] = value.match(EXPRESSION) ?? [];
  const [, expression] = first === value.trim() && others.length === 0 ? (WHOLE.exec(value) ?? []) : [];
  if (expression === undefined) return interpolate(value, contexts);
  const json: Json = JSON.parse(JSON.stringify(evaluate(expression, contexts), data.replacer));
  return json;
}

/** An `if`: without a function that looks at the status it is `success() && (…)`. */
export function condition(text: Json | undefined, contexts: JsonObject, status: Status): boolean {
  const written = text === undefined ? "success()" : String(text).trim();
  const [, inner] = /^\$\{\{(.*)\}\}$/s.exec(written) ?? [];
  const expression = inner ?? written;
  const asks = /\b(?:success|failure|cancelled|always)\s*\(/.test(expression);
  return truthy(evaluate(asks ? expression : `success() && (${expression})`, contexts, status));
}

function evaluate(expression: string, contexts: JsonObject, status: Status = "success"): data.ExpressionData {
  const functions = statusFunctions(status);
  const tokens = new Lexer(expression.trim()).lex().tokens;
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  const context: unknown = JSON.parse(JSON.stringify(contexts), data.reviver);
  if (!(context instanceof data.Dictionary)) throw new Error("contexts are no dictionary");
  return new Evaluator(tree, context, new Map(functions.map((each) => [each.name, each]))).evaluate();
}

function statusFunctions(status: Status): FunctionDefinition[] {
  const answers = { success: status === "success", failure: status === "failure", cancelled: false, always: true };
  return Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answer),
  }));
}

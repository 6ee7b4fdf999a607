/** A form made of fields that the document describes, with their rules; what is wrong is said at the field. */

import { h, words } from "./dom.js";
import { errorsByField, problemBox } from "./problems.js";

/**
 * A form of these fields. `send(values)` is given what was filled in (empty fields are undefined) and answers with a
 * problem, or nothing when all is well. `cancel` is the address to go to instead.
 */
export function form({ fields, values = {}, label, send, cancel }) {
  const inputs = new Map(fields.map((field) => [field.name, fieldset(field, values[field.name])]));
  const general = h("div");
  const submit = h("button", { type: "submit" }, label);
  const submitted = async (event) => {
    event.preventDefault();
    general.replaceChildren();
    const [filled, wrong] = collect(fields, inputs);
    mark(inputs, wrong);
    if (wrong.size > 0) return;
    submit.setAttribute("aria-busy", "true");
    const problem = await send(filled);
    submit.removeAttribute("aria-busy");
    if (!problem) return;
    const [byField, others] = errorsByField(problem, [...inputs.keys()]);
    mark(inputs, byField);
    general.replaceChildren(problemBox(problem, others));
  };
  const actions = h("div.actions", submit, h("a.secondary.outline", { href: cancel, role: "button" }, "Cancel"));
  const all = [...inputs.values()].map((each) => each.element);
  return h("form.fields", { onsubmit: submitted, novalidate: true }, all, general, actions);
}

/** One field: its label, its input, its rules, and room for what is wrong. */
function fieldset(field, value) {
  const id = `field-${field.name}`;
  const input = inputFor(field, value);
  for (const [name, given] of [["id", id], ["name", field.name], ["aria-describedby", `${id}-hint ${id}-problem`]]) {
    input.setAttribute(name, given);
  }
  const label = h("label", { for: id }, words(field.name), field.required && h("abbr", { title: "required" }, "*"));
  const hint = h("small.hint", { id: `${id}-hint` }, hints(field));
  const problem = h("small.problem", { id: `${id}-problem` });
  const wide = ["long text", "json"].includes(field.kind);
  return { element: h(wide ? "div.field.wide" : "div.field", label, input, hint, problem), input, problem };
}

/** What the fields hold, and what is wrong with them before anything is sent. */
function collect(fields, inputs) {
  const filled = {};
  const wrong = new Map();
  for (const field of fields) {
    const { input } = inputs.get(field.name);
    const pattern = field.rules.pattern?.replace(/^\^\(\?:(.*)\)\$$/, "$1");
    const message = input.validity.patternMismatch ? `Must match ${pattern}` : input.validationMessage;
    if (message) wrong.set(field.name, [message]);
    try {
      filled[field.name] = read(field, input);
    } catch {
      wrong.set(field.name, ["This is not JSON."]);
    }
  }
  return [filled, wrong];
}

/** Write what is wrong at its field, and bring the person to the first. */
function mark(inputs, wrong) {
  for (const [name, { input, problem }] of inputs) {
    problem.textContent = (wrong.get(name) ?? []).join(" ");
    if (wrong.has(name)) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  [...inputs].find(([name]) => wrong.has(name))?.[1].input.focus();
}

/** The value of one input; undefined when it is empty. */
export function read(field, input) {
  if (input.type === "checkbox") return input.checked;
  if (input.value === "") return undefined;
  if (field.kind === "choice") return field.rules.enum.find((each) => String(each) === input.value);
  if (field.kind === "boolean") return input.value === "true";
  if (field.kind === "integer" || field.kind === "number") return Number(input.value);
  if (field.kind === "texts") return input.value.split("\n").map((line) => line.trim()).filter(Boolean);
  return field.kind === "json" ? JSON.parse(input.value) : input.value;
}

/** An input for a field, by its kind. */
export function inputFor(field, value) {
  const { rules, required, nullable, kind } = field;
  const { minLength: minlength, maxLength: maxlength, minimum: min, maximum: max, examples } = rules;
  const base = { required, placeholder: examples?.[0], autocomplete: "off" };
  if (kind === "choice") return select(field, rules.enum, value);
  if (kind === "boolean" && nullable) return select(field, [true, false], value);
  if (kind === "boolean") return h("input", { type: "checkbox", role: "switch", checked: value === true });
  if (kind === "integer") return h("input", { type: "number", step: 1, value, min, max, ...base });
  if (kind === "number") return h("input", { type: "number", step: "any", value, min, max, ...base });
  if (kind === "date") return h("input", { type: "date", value, required });
  if (kind === "texts") return h("textarea", { rows: 3 }, value?.join("\n"));
  if (kind === "json") return h("textarea.code", { rows: 5, required }, value && JSON.stringify(value, null, 2));
  if (kind === "long text") return h("textarea", { rows: 4, minlength, maxlength, ...base }, value);
  const inputmode = kind === "decimal" ? "decimal" : null;
  return h("input", { type: "text", value, minlength, maxlength, inputmode, pattern: usable(rules.pattern), ...base });
}

function select(field, options, value) {
  const each = options.map((option) => h("option", { value: String(option), selected: option === value }, String(option)));
  const none = (!field.required || value === undefined) && h("option", { value: "" }, field.required ? "Choose" : "–");
  return h("select", { required: field.required }, none, each);
}

/** A pattern that the browser can check too (it compiles patterns with the flag v); the API checks it anyway. */
function usable(pattern) {
  try {
    return pattern && new RegExp(pattern, "v") && pattern;
  } catch {
    return undefined;
  }
}

/** The rules of a field in words. */
function hints({ rules, kind }) {
  const parts = [
    rules.description,
    range(rules.minLength, rules.maxLength, " characters"),
    range(rules.minimum, rules.maximum, ""),
    kind === "texts" && `one a line${rules.maxItems ? `, up to ${rules.maxItems}` : ""}`,
    kind === "date-time" && "like 2026-01-31T12:00:00Z",
  ];
  return parts.filter(Boolean).join("; ");
}

function range(least, most, unit) {
  const [from, to] = [least, most].map((each) => (Math.abs(each) <= Number.MAX_SAFE_INTEGER ? each.toLocaleString("en") : ""));
  if (from && to) return `${from} to ${to}${unit}`;
  return (to && `up to ${to}${unit}`) || (from && `at least ${from}${unit}`);
}

/** What the API offers, read from its OpenAPI document: this is why a new resource appears here without an edit. */

const OPERATORS = { "": "is", gte: "≥", gt: ">", lte: "≤", lt: "<" };
const OF_LISTS = ["limit", "cursor", "sort", "fields"]; // the parameters of lists that are no filters

/** Every resource: a collection that answers GET with pages of items, and what can be done to it and its items. */
export function resources(api) {
  return Object.keys(api.paths)
    .filter((path) => /^\/[^/{}]+$/.test(path) && itemSchema(api, api.paths[path].get))
    .map((path) => resource(api, path));
}

function resource(api, path) {
  const collection = api.paths[path];
  const itemPath = Object.keys(api.paths).find((at) => at.startsWith(`${path}/{`) && !at.slice(path.length + 1).includes("/"));
  const item = api.paths[itemPath] ?? {};
  const parameters = (collection.get.parameters ?? []).map((each) => resolve(api, each));
  const schema = (name) => resolve(api, parameters.find((each) => each.name === name)?.schema);
  return {
    path,
    name: path.slice(1),
    about: api.tags?.find((tag) => tag.name === collection.get.tags?.[0])?.description ?? "",
    key: keyOf(api, item) ?? itemPath?.match(/\{([^}]+)\}$/)[1],
    operations: { create: collection.post, patch: item.patch, delete: item.delete },
    fields: fields(api, itemSchema(api, collection.get)),
    createFields: fields(api, bodySchema(api, collection.post)),
    patchFields: fields(api, bodySchema(api, item.patch)),
    filters: parameters.filter((each) => each.in === "query" && !OF_LISTS.includes(each.name)).map((each) => filter(api, each)),
    sorts: schema("sort")?.enum ?? [],
    pageSize: schema("limit"),
    idempotent: (collection.post?.parameters ?? []).some((each) => resolve(api, each).name === "Idempotency-Key"),
    ...actions(api, itemPath),
  };
}

/** The field of an item that its address ends in, where it is not the one that the path names. */
function keyOf(api, item) {
  return (item.parameters ?? []).map((each) => resolve(api, each)).find((each) => each.in === "path")?.["x-attribute"];
}

/** Routes below an item, known by the body that they take: {delta} counts, {type, bytes, sha256} asks for an upload. */
function actions(api, itemPath) {
  const found = { counters: {}, uploads: {} };
  for (const [at, item] of Object.entries(api.paths)) {
    if (!itemPath || !at.startsWith(`${itemPath}/`) || !item.post) continue;
    const name = at.slice(itemPath.length + 1);
    const { required = [], properties } = bodySchema(api, item.post);
    const needs = (...names) => names.every((each) => required.includes(each));
    const rules = (property) => resolve(api, properties[property]);
    if (needs("delta")) found.counters[name] = rules("delta");
    if (needs("type", "bytes", "sha256")) {
      const types = rules("type").enum ?? [rules("type").const].filter(Boolean);
      found.uploads[name] = { types, maximum: rules("bytes").maximum, remove: Boolean(item.delete) };
    }
  }
  return found;
}

/** Every scope that the document declares. */
export function allScopes(api) {
  const schemes = Object.values(api.components?.securitySchemes ?? {});
  const flows = schemes.flatMap((scheme) => Object.values(scheme.flows ?? {}));
  return [...new Set(flows.flatMap((flow) => Object.keys(flow.scopes ?? {})))];
}

/** The schema of an item, if an operation answers with a page of them. */
function itemSchema(api, operation) {
  const answer = resolve(api, operation?.responses?.["200"])?.content?.["application/json"];
  const items = resolve(api, resolve(api, answer?.schema)?.properties?.items);
  if (items?.type !== "array") return null;
  const item = resolve(api, items.items);
  return item.anyOf ? resolve(api, item.anyOf[0]) : item; // the second is the item with only some fields
}

function bodySchema(api, operation) {
  const [content] = Object.values(resolve(api, operation?.requestBody)?.content ?? {});
  return resolve(api, content?.schema) ?? {};
}

/** A declared filter: `category`, or `price[gte]`. */
function filter(api, parameter) {
  const [, attribute, operator = ""] = parameter.name.match(/^([^[]+)(?:\[(.+)\])?$/);
  const field = { ...describe(api, attribute, parameter.schema), required: false };
  return { name: parameter.name, label: [attribute, OPERATORS[operator] ?? operator], field };
}

/** The fields of an object's schema, in the order in which they are declared. */
function fields(api, { properties = {}, required = [] }) {
  return Object.entries(properties).map(([name, each]) => ({ ...describe(api, name, each), required: required.includes(name) }));
}

/** One field: the kind of its input, and its rules as the schema says them. */
function describe(api, name, schema) {
  const whole = resolve(api, schema);
  const choices = (whole.anyOf ?? whole.oneOf ?? [whole]).map((each) => resolve(api, each));
  const rules = { ...whole, ...choices.find((each) => each.type !== "null") }; // of a decimal's, text comes first
  const types = [rules.type ?? []].flat();
  const nullable = types.includes("null") || choices.some((each) => each.type === "null");
  const kind = kindOf(api, rules, types.find((type) => type !== "null"));
  return { name, rules, nullable, kind, readOnly: Boolean(whole.readOnly) };
}

function kindOf(api, rules, type) {
  if (rules.enum) return "choice";
  if (["boolean", "integer", "number"].includes(type)) return type;
  if (type === "array" && resolve(api, rules.items)?.type === "string") return "texts";
  if (type !== "string") return "json";
  if (["decimal", "date", "date-time"].includes(rules.format)) return rules.format;
  return rules.maxLength > 200 ? "long text" : "text";
}

/** Follow references within the document. */
function resolve(api, node) {
  if (!node?.$ref) return node;
  const steps = node.$ref.slice(2).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return resolve(api, steps.reduce((at, step) => at[step], api));
}

/** What the API offers, read from its OpenAPI document: this is why a new resource appears here without an edit. */

const OPERATORS = { "": "is", gte: "≥", gt: ">", lte: "≤", lt: "<", prefix: "begins with" };

/** Every resource: a collection that answers GET with pages of items, and what can be done to it and its items. */
export function resources(api) {
  return Object.entries(api.paths)
    .filter(([path, item]) => /^\/[^/{}]+$/.test(path) && itemSchema(api, item.get))
    .map(([path, item]) => resource(api, path, item));
}

function resource(api, path, collection) {
  const [itemPath, item] = Object.entries(api.paths).find(([at]) => isItem(at, path)) ?? [null, {}];
  const operations = { list: collection.get, create: collection.post, get: item.get, patch: item.patch, delete: item.delete };
  const schema = itemSchema(api, collection.get);
  return {
    path,
    name: path.slice(1),
    about: api.tags?.find((tag) => tag.name === collection.get.tags?.[0])?.description ?? "",
    key: itemPath?.match(/\{([^}]+)\}$/)[1],
    operations,
    fields: fields(api, schema),
    createFields: fields(api, bodySchema(api, collection.post)),
    patchFields: fields(api, bodySchema(api, item.patch)),
    filters: filters(api, collection.get),
    sorts: parameter(api, collection.get, "sort")?.enum ?? [],
    pageSize: parameter(api, collection.get, "limit"),
    idempotent: Boolean(collection.post?.parameters?.some((each) => resolve(api, each).name === "Idempotency-Key")),
    ...actions(api, itemPath),
  };
}

const isItem = (at, path) => at.startsWith(`${path}/{`) && at.indexOf("/", path.length + 1) < 0;

/** Routes below an item, known by the body that they take: {delta} counts, {type, bytes, sha256} asks for an upload. */
function actions(api, itemPath) {
  const found = { counters: {}, uploads: {} };
  for (const [at, item] of Object.entries(api.paths)) {
    if (!itemPath || !at.startsWith(`${itemPath}/`) || !item.post) continue;
    const name = at.slice(itemPath.length + 1);
    const schema = bodySchema(api, item.post);
    const needs = (...names) => names.every((each) => schema.required?.includes(each));
    if (needs("delta")) found.counters[name] = { operation: item.post, schema: resolve(api, schema.properties.delta) };
    if (needs("type", "bytes", "sha256")) found.uploads[name] = upload(api, item, schema);
  }
  return found;
}

function upload(api, item, schema) {
  const type = resolve(api, schema.properties.type);
  const types = type.enum ?? (type.const ? [type.const] : []);
  return { operation: item.post, remove: item.delete, types, maximum: resolve(api, schema.properties.bytes).maximum };
}

/** The scopes that an operation asks for; null if it asks for something else than a token. */
export function scopesOf(operation) {
  const security = operation?.security ?? [];
  if (security.length === 0 || security.some((each) => Object.keys(each).length === 0)) return [];
  const scopes = security.map((each) => each.oauth2).find(Boolean);
  return scopes ?? null;
}

/** Every scope that the document declares. */
export function allScopes(api) {
  const flows = Object.values(api.components?.securitySchemes ?? {}).flatMap((scheme) => Object.values(scheme.flows ?? {}));
  return [...new Set(flows.flatMap((flow) => Object.keys(flow.scopes ?? {})))];
}

function itemSchema(api, operation) {
  const page = answerSchema(api, operation);
  const items = page?.properties?.items && resolve(api, page.properties.items);
  if (items?.type !== "array") return null;
  const item = resolve(api, items.items);
  return item.anyOf ? resolve(api, item.anyOf[0]) : item; // the second is the item with only some fields
}

function answerSchema(api, operation) {
  const content = operation && resolve(api, operation.responses?.["200"] ?? {}).content;
  const schema = content?.["application/json"]?.schema;
  return schema && resolve(api, schema);
}

function bodySchema(api, operation) {
  const contents = operation?.requestBody ? Object.values(resolve(api, operation.requestBody).content) : [];
  return contents.length ? resolve(api, contents[0].schema) : {};
}

function parameter(api, operation, name) {
  const found = (operation.parameters ?? []).map((each) => resolve(api, each)).find((each) => each.name === name);
  return found && resolve(api, found.schema);
}

/** The declared filters: `category`, `price[gte]` -> [{name, attribute, operator, field}]. */
function filters(api, operation) {
  const own = ["limit", "cursor", "sort", "fields"];
  return (operation.parameters ?? [])
    .map((each) => resolve(api, each))
    .filter((each) => each.in === "query" && !own.includes(each.name))
    .map((each) => {
      const [, attribute, operator = ""] = each.name.match(/^([^[]+)(?:\[(.+)\])?$/);
      const field = { ...describe(api, attribute, each.schema), required: false };
      return { name: each.name, attribute, operator: OPERATORS[operator] ?? operator, field };
    });
}

/** The fields of an object's schema, in the order in which they are declared. */
function fields(api, schema) {
  return Object.entries(schema?.properties ?? {}).map(([name, each]) => ({
    ...describe(api, name, each),
    required: Boolean(schema.required?.includes(name)),
  }));
}

/** One field: the kind of its input, and its rules as the schema says them. */
function describe(api, name, schema) {
  const whole = resolve(api, schema);
  const choices = (whole.anyOf ?? whole.oneOf ?? [whole]).map((each) => resolve(api, each));
  const rules = { ...whole, ...(choices.find((each) => each.type !== "null") ?? whole) }; // decimals: text comes first
  const types = [rules.type ?? []].flat();
  const nullable = types.includes("null") || choices.some((each) => each.type === "null");
  return { name, rules, nullable, kind: kind(api, rules, types.find((type) => type !== "null")), readOnly: Boolean(whole.readOnly) };
}

function kind(api, rules, type) {
  if (rules.enum || "const" in rules) return "choice";
  if (type === "boolean" || type === "integer" || type === "number") return type;
  if (type === "array") return isText(resolve(api, rules.items ?? {})) ? "texts" : "json";
  if (type === "object" || type === undefined) return "json";
  if (["decimal", "date", "date-time"].includes(rules.format)) return rules.format;
  return rules.maxLength > 200 ? "long text" : "text";
}

const isText = (schema) => schema.type === "string" || Boolean(schema.enum);

/** Follow references within the document. */
function resolve(api, node) {
  if (!node?.$ref) return node;
  return resolve(api, node.$ref.slice(2).split("/").reduce((at, step) => at[step.replaceAll("~1", "/").replaceAll("~0", "~")], api));
}

// An application in TypeScript: create, read, list over two pages, patch with an ETag, problems by their types.
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { env: Record<string, string | undefined> };

const headers = { Authorization: `Bearer ${process.env.API_TOKEN}` };
const client = createClient<paths>({ baseUrl: process.env.API_URL ?? "", headers });
const unique = Math.random().toString(36).slice(2, 10);

async function create(price: string | number): Promise<[components["schemas"]["Product"], string]> {
  const sku = `TS-${unique}-${price}`.toUpperCase().replace(".", "-");
  const body = { sku, name: "A book", category: `c-${unique}`, price };
  const { data, error, response } = await client.POST("/products", { body });
  if (error) throw new Error(`${error.title} ${error.detail ?? ""}`);
  return [data, response.headers.get("ETag") ?? ""];
}

async function page(cursor?: string) {
  const query = { category: `c-${unique}`, limit: 2, fields: ["id" as const, "sku" as const], ...(cursor && { cursor }) };
  const { data, error } = await client.GET("/products", { params: { query } });
  if (error) throw new Error(error.title);
  return data;
}

const [item, etag] = await create(19.99);
await create("2");
await create("3");
const one = { path: { id: item.id } };
const found = await client.GET("/products/{id}", { params: one });
if (!found.data) throw new Error(found.error?.title);

const first = await page();
const second = await page(first.next ?? "");

const change = { params: { ...one, header: { "If-Match": etag } }, body: { name: "Another book" } };
const patched = await client.PATCH("/products/{id}", change);
const refused = await client.PATCH("/products/{id}", change);
const missing = await client.GET("/products/{id}", { params: { path: { id: "0" } } });

// the types tell the problems of one operation apart, and its statuses
const kind: "/docs/errors.html#precondition-failed" | undefined =
  refused.error?.status === 412 ? refused.error.type : undefined;

console.log(
  JSON.stringify({
    created: 201,
    found: found.data.price,
    pages: [first.items.length, second.items.length],
    selected: Object.keys(first.items[0] ?? {}),
    patched: [patched.data?.name, patched.response.headers.get("ETag")],
    refused: [refused.error?.status, kind],
    missing: missing.error?.title,
  }),
);

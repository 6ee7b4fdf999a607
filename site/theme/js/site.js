/** What this deployment of the site knows: where the API and the sign-in page are, and the API's document. */

export const home = new URL("../../..", import.meta.url); // the folder of the site; this is assets/{digest}/js/site.js

/** {apiUrl, signInUrl, clientId}: the one file that differs between stages. Without apiUrl, the API is at the root here. */
export const settings = await json("config.json");

/** The address of a path of the API. */
export function apiUrl(path = "") {
  const root = settings.apiUrl || new URL("/", home).href;
  return root.replace(/\/$/, "") + path;
}

/** Read a JSON file of the site. */
export async function json(name) {
  const answer = await fetch(new URL(name, home));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer.json();
}

for (const element of document.querySelectorAll(".api-url")) element.textContent = apiUrl(); // on pages of the guide

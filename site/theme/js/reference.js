/** The reference: Swagger UI with this stage's address and the token of this page. */

import { allScopes } from "./contract.js";
import { finishSignIn, showAccount, token } from "./session.js";
import { apiUrl, json } from "./site.js";

await finishSignIn();
const api = await json("openapi.json");
api.info.description = "How errors, pages and versions work: see the [guide](index.html).";
api.servers = [{ url: apiUrl(), description: "This stage" }];
for (const operation of Object.values(api.paths).flatMap(Object.values)) {
  for (const each of operation.parameters ?? []) if (each.in === "header") delete each.example; // or it would be sent
}
showAccount(allScopes(api));

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

/** The page's own sign-in stands for Swagger UI's dialog. */
const oneSignIn = () => ({ wrapComponents: { authorizeBtn: () => () => null, authorizeOperationBtn: () => () => null } });

window.SwaggerUIBundle({
  dom_id: "#reference",
  spec: api,
  plugins: [oneSignIn],
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (token() && request.url.startsWith(apiUrl())) request.headers.Authorization ??= `Bearer ${token()}`;
    return request;
  },
});

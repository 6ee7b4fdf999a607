/**
 * Who calls: a token of the user pool, kept for this tab alone (sessionStorage), until it expires or the tab closes.
 * It is pasted in, or got from the sign-in page by an authorization code with PKCE (RFC 7636). No refresh token is kept.
 */

import { button, h, words } from "./dom.js";
import { home, settings } from "./site.js";

const CALLBACK = new URL("browse.html", home).href; // must be one of the stage's callback_urls
const changed = new EventTarget();

/** The token to send, if there is one that has not expired. */
export function token() {
  const found = sessionStorage.getItem("token");
  return found && expiry(found) > Date.now() ? found : null;
}

/** Call back whenever somebody signs in or out. */
export function onChange(callback) {
  changed.addEventListener("change", callback);
}

/** Show in the page's header who is signed in, or how to. `scopes` are asked for at sign-in. */
export function showAccount(scopes) {
  const place = document.getElementById("account");
  const draw = () => place.replaceChildren(token() ? signedIn() : signedOut(scopes));
  onChange(draw);
  document.addEventListener("click", (event) => {
    if (!place.contains(event.target)) place.querySelector("details")?.removeAttribute("open");
  });
  draw();
  if (token()) setTimeout(draw, Math.min(expiry(token()) - Date.now(), 2 ** 31 - 1));
}

function signedIn() {
  const { email, username, client_id: client, scope, exp } = claims(token());
  const until = exp ? new Date(exp * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "it expires";
  return h(
    "details",
    { class: "account" },
    h("summary", { class: "on" }, "Signed in"),
    h(
      "div",
      { class: "panel" },
      h("p", {}, h("strong", {}, email ?? username ?? client ?? "Somebody"), h("br"), `until ${until}`),
      scope && h("p", { class: "hint" }, `May use: ${scope}`),
      button("Sign out", () => keep(null), { class: "secondary" }),
    ),
  );
}

function signedOut(scopes) {
  const input = h("textarea", { id: "token", rows: 3, autocomplete: "off", spellcheck: "false", required: true });
  const problem = h("small", { class: "problem", role: "alert" });
  const use = (event) => {
    event.preventDefault();
    const pasted = input.value.trim().replace(/^Bearer\s+/i, "");
    const when = expiry(pasted);
    problem.textContent = when === 0 ? "This is not a token." : when <= Date.now() ? "This token has expired." : "";
    if (!problem.textContent) keep(pasted);
  };
  return h(
    "details",
    { class: "account" },
    h("summary", {}, "Sign in"),
    h(
      "div",
      { class: "panel" },
      settings.clientId && button("Sign in with the browser", () => begin(scopes)),
      h(
        "form",
        { onsubmit: use, novalidate: true },
        h("label", { for: "token" }, settings.clientId ? "or paste an access token" : "Paste an access token"),
        input,
        problem,
        h("p", { class: "hint" }, "On your machine: ", h("code", {}, "make token")),
        h("button", { class: "secondary" }, "Use this token"),
      ),
    ),
  );
}

function keep(value) {
  if (value) sessionStorage.setItem("token", value);
  else sessionStorage.removeItem("token");
  changed.dispatchEvent(new Event("change"));
}

/** The claims, unchecked: the API checks them. */
function claims(jwt) {
  try {
    const bytes = Uint8Array.from(atob(jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}

/** When it expires, in milliseconds; 0 for what is no token. */
const expiry = (jwt) => (claims(jwt).exp ?? 0) * 1000;

/** Send the person to the sign-in page; they come back to CALLBACK, and from there to where they were. */
async function begin(scopes) {
  const [state, verifier] = [random(), random()];
  sessionStorage.setItem("signing-in", JSON.stringify({ state, verifier, back: location.href }));
  const challenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
  location.assign(
    `${settings.signInUrl}/oauth2/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: settings.clientId,
      redirect_uri: CALLBACK,
      scope: scopes.join(" "),
      state,
      code_challenge: challenge,
      code_challenge_method: "S256",
    })}`,
  );
}

/** If the sign-in page sent the person here: exchange its code for a token. What went wrong, as text, or nothing. */
export async function finishSignIn() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return "";
  const began = JSON.parse(sessionStorage.getItem("signing-in") ?? "{}");
  sessionStorage.removeItem("signing-in");
  history.replaceState(null, "", began.back ?? CALLBACK);
  if (answer.get("state") !== began.state) return "Sign-in was not begun in this tab. Please try again.";
  if (answer.has("error")) return `Sign-in failed: ${words(answer.get("error_description") ?? answer.get("error"))}`;
  const exchanged = await fetch(`${settings.signInUrl}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.clientId,
      redirect_uri: CALLBACK,
      code: answer.get("code"),
      code_verifier: began.verifier,
    }),
  }).catch(() => null);
  if (!exchanged?.ok) return "Sign-in failed: the code was not accepted.";
  keep((await exchanged.json()).access_token);
  if (began.back && !began.back.startsWith(CALLBACK)) location.replace(began.back);
  return "";
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

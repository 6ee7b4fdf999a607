/**
 * Who calls: a token of the user pool, kept for this tab alone (sessionStorage), until it expires or the tab closes.
 * It is pasted in, or got from the sign-in page by an authorization code with PKCE (RFC 7636). No refresh token is kept.
 */

import { button, h, words } from "./dom.js";
import { home, settings } from "./site.js";

const CALLBACK = new URL("browse.html", home).href; // must be one of the stage's callback_urls
const changes = new EventTarget();

/** The token to send, if there is one that has not expired. */
export function token() {
  const found = sessionStorage.getItem("token");
  return found && expiry(found) > Date.now() ? found : null;
}

/** Call back whenever somebody signs in or out. */
export function onChange(callback) {
  changes.addEventListener("change", callback);
}

/** Show in the page's header who is signed in, or how to. `scopes` are asked for at sign-in. */
export function showAccount(scopes) {
  const place = document.getElementById("account");
  const draw = () => place.replaceChildren(h("details.account", token() ? signedIn() : signedOut(scopes)));
  onChange(draw);
  document.addEventListener("click", (event) => {
    if (!place.contains(event.target)) place.querySelector("details").removeAttribute("open");
  });
  draw();
}

function signedIn() {
  const { email, username, client_id: client, scope } = claims(token());
  const until = new Date(expiry(token())).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const who = h("p", h("strong", email ?? username ?? client ?? "Somebody"), h("br"), `until ${until}`);
  const out = button("Sign out", () => keep(null), { class: "secondary" });
  return [h("summary.on", "Signed in"), h("div.panel", who, scope && h("p.hint", `May use: ${scope}`), out)];
}

function signedOut(scopes) {
  const input = h("textarea", { id: "token", rows: 3, autocomplete: "off", spellcheck: "false" });
  const problem = h("small.problem", { role: "alert" });
  const use = (event) => {
    event.preventDefault();
    const pasted = input.value.trim().replace(/^Bearer\s+/i, "");
    if (expiry(pasted) > Date.now()) keep(pasted);
    else problem.textContent = expiry(pasted) ? "This token has expired." : "This is not a token.";
  };
  const label = h("label", { for: "token" }, settings.clientId ? "or paste an access token" : "Paste an access token");
  const hint = h("p.hint", "On your machine: ", h("code", "make token"));
  const form = h("form", { onsubmit: use }, label, input, problem, hint, h("button.secondary", "Use this token"));
  const page = settings.clientId && button("Sign in with the browser", () => begin(scopes));
  return [h("summary", "Sign in"), h("div.panel", page, form)];
}

function keep(value) {
  if (value) sessionStorage.setItem("token", value);
  else sessionStorage.removeItem("token");
  changes.dispatchEvent(new Event("change"));
}

/** The claims, unchecked: the API checks them. */
function claims(jwt) {
  try {
    const text = atob(jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (each) => each.charCodeAt(0))));
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
  const asked = new URLSearchParams({
    ...{ response_type: "code", client_id: settings.clientId, redirect_uri: CALLBACK, scope: scopes.join(" "), state },
    code_challenge: base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))),
    code_challenge_method: "S256",
  });
  location.assign(`${settings.signInUrl}/oauth2/authorize?${asked}`);
}

/** If the sign-in page sent the person here: exchange its code for a token. What went wrong, as text, or nothing. */
export async function finishSignIn() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("code") && !answer.has("error")) return "";
  const { state, verifier, back = CALLBACK } = JSON.parse(sessionStorage.getItem("signing-in") ?? "{}");
  sessionStorage.removeItem("signing-in");
  history.replaceState(null, "", CALLBACK + new URL(back).hash);
  if (answer.get("state") !== state) return "Sign-in was not started in this tab. Please try again.";
  if (answer.has("error")) return `Sign-in failed: ${words(answer.get("error_description") ?? answer.get("error"))}`;
  const proof = { grant_type: "authorization_code", code: answer.get("code"), code_verifier: verifier };
  const body = new URLSearchParams({ ...proof, client_id: settings.clientId, redirect_uri: CALLBACK });
  const given = await fetch(`${settings.signInUrl}/oauth2/token`, { method: "POST", body }).catch(() => null);
  if (!given?.ok) return "Sign-in failed: the code was not accepted.";
  keep((await given.json()).access_token);
  if (!back.startsWith(CALLBACK)) location.replace(back);
  return "";
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

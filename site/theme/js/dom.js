/** Elements are made here and nowhere else; strings become text nodes, so nothing that the API answers is read as HTML. */

/** Make an element: h("a.link", {href: "#/", onclick: go}, "text", child). Absent children and properties are left out. */
export function h(tag, ...parts) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  const properties = parts[0] && Object.getPrototypeOf(parts[0]) === Object.prototype ? parts.shift() : {};
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...parts.flat(Infinity).filter((part) => part !== undefined && part !== null && part !== false));
  return element;
}

/** A button that does something, and is busy until that is done. */
export function button(label, act, properties = {}) {
  const press = async (event) => {
    const pressed = event.currentTarget;
    pressed.setAttribute("aria-busy", "true");
    pressed.disabled = true;
    await act(event);
    pressed.removeAttribute("aria-busy");
    pressed.disabled = false;
  };
  return h("button", { type: "button", ...properties, onclick: press }, label);
}

/** The address, if a page may link to it: a value of the API could be `javascript:...`. */
export function safeUrl(value) {
  const url = URL.canParse(value, document.baseURI) ? new URL(value, document.baseURI) : null;
  return url && ["http:", "https:"].includes(url.protocol) ? url.href : null;
}

/** Words of a name: created_at -> Created at. */
export function words(name) {
  const text = name.replaceAll(/[_-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Say something to everybody, also to those who listen to the page; it goes away by itself. */
export function announce(text) {
  document.querySelector(".toast")?.remove();
  const toast = h("div.toast", { role: "status" }, text);
  document.body.append(toast);
  setTimeout(() => toast.remove(), 5000);
}

/** Elements are made here and nowhere else; strings become text nodes, so nothing that the API answers is read as HTML. */

/** Make an element: h("a", {href: "#/", onclick: go}, "text", child). Absent children and properties are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** A button that does something, and is busy until that is done. */
export function button(label, act, properties = {}) {
  const press = async (event) => {
    const pressed = event.currentTarget;
    pressed.setAttribute("aria-busy", "true");
    pressed.disabled = true;
    try {
      await act(event);
    } finally {
      pressed.removeAttribute("aria-busy");
      pressed.disabled = false;
    }
  };
  return h("button", { type: "button", ...properties, onclick: press }, label);
}

/** The address, if a page may link to it: a value of the API could be `javascript:...`. */
export function safeUrl(value, base = document.baseURI) {
  const url = URL.canParse(value, base) ? new URL(value, base) : null;
  return url && ["http:", "https:"].includes(url.protocol) ? url.href : null;
}

/** Words of a name: created_at -> Created at. */
export function words(name) {
  const text = name.replaceAll(/[_-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Say something to everybody, also to who listens to the page; it goes away by itself. */
export function announce(text) {
  document.querySelector(".toast")?.remove();
  const toast = h("div", { class: "toast", role: "status" }, text);
  document.body.append(toast);
  setTimeout(() => toast.remove(), 5000);
}

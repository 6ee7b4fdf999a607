/**
 * Changes of a collection or an item, as they happen: docs/asyncapi.json has the messages.
 *
 *   const live = connect(apiUrl("/live"), "/products", { onChange, onResync, onState, headers });
 *   ...
 *   live.close();
 *
 * onChange(event): a change, as it is published ({id, type, key, old, new, ...}); each once, those of an item in order.
 * onResync(): changes were missed for good; read the collection again. onState("open" | "closed"): optional.
 * headers(): what the route that gives tickets needs, such as Authorization; optional, asked for at each connection.
 * A broken connection is opened again, after a pause that grows and is shifted by chance, and goes on where it was.
 */

const FIRST_PAUSE = 500; // milliseconds
const LONGEST_PAUSE = 30_000;
const PING_EVERY = 5 * 60_000; // API Gateway closes a connection that is idle for ten minutes
const ANSWERS_WITHIN = 10_000;
const REMEMBERED = 1_000; // ids of events, to drop those that come again

export function connect(ticketUrl, to, { onChange, onResync, onState = () => {}, headers = () => ({}) }) {
  const seen = new Set();
  let socket, timer, position;
  let [failures, closed] = [0, false];

  async function open() {
    const answer = await fetch(ticketUrl, { method: "POST", headers: headers() }).catch(() => null);
    if (closed) return;
    if (!answer?.ok) return later();
    const { url, ticket } = await answer.json();
    if (closed) return;
    socket = new WebSocket(`${url}?ticket=${ticket}`);
    const mine = socket;
    const impatience = setTimeout(() => mine.close(), ANSWERS_WITHIN); // until it is subscribed
    const pings = setInterval(() => mine.send(JSON.stringify({ action: "ping" })), PING_EVERY);
    socket.onopen = () => mine.send(JSON.stringify({ action: "subscribe", to, ...(position && { after: position }) }));
    socket.onmessage = ({ data }) => {
      for (const message of data.split("\n").map(JSON.parse)) {
        if (!message.type) return mine.close(); // API Gateway's own words: a function failed
        take(message, () => clearTimeout(impatience));
      }
    };
    socket.onclose = () => {
      clearTimeout(impatience);
      clearInterval(pings);
      onState("closed");
      if (!closed) later();
    };
  }

  function take(message, subscribed) {
    if (message.position && (!position || message.position > position)) position = message.position;
    if (message.type === "change" && !seen.has(message.event.id)) {
      seen.add(message.event.id);
      if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
      onChange(message.event);
    }
    if (message.type === "subscribed" || message.type === "resync") {
      failures = 0;
      subscribed();
      onState("open");
    }
    if (message.type === "resync") onResync();
    if (message.type === "error") console.warn("live:", message.problem.title);
  }

  function later() {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    failures += 1;
    timer = setTimeout(open, pause * (0.5 + Math.random() / 2));
  }

  open();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(); // sooner, browsers warn
      else socket?.close();
    },
  };
}

/** A page of the guide: fill in where this stage's API is. */

import { apiUrl } from "./site.js";

for (const element of document.querySelectorAll(".api-url")) element.textContent = apiUrl();

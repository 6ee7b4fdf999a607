/** `make check`: parse and validate an AsyncAPI document; print what is wrong with it. */

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR_OR_WARNING = 1; // severities: 0 error, 1 warning, 2 information, 3 hint
const { diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const wrong = diagnostics.filter((each) => each.severity <= ERROR_OR_WARNING);
for (const each of wrong) console.log(`${process.argv[2]} ${each.path.join(".")}: ${each.message}`);
process.exit(wrong.length ? 1 : 0);

// Reads pages as JSON, {path: html}, from standard input. Prints a line for each problem that html-validate finds.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { HtmlValidate } = createRequire(process.argv[2] + "/")("html-validate");
// The rules that are off concern style, which templ decides.
const validator = new HtmlValidate({
	extends: ["html-validate:standard"],
	rules: { "void-style": "off", "attr-quotes": "off", "no-trailing-whitespace": "off", "attribute-boolean-style": "off", "doctype-style": "off", "long-title": "off", "no-raw-characters": "off", "no-inline-style": "error" },
});
for (const [path, html] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
	const report = await validator.validateString(html, path);
	for (const result of report.results) for (const m of result.messages) console.log(`${path}:${m.line}:${m.column} ${m.ruleId}: ${m.message} ${m.selector ?? ""}`);
}

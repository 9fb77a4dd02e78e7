// Imported before the conformance suite, whose tier assessment imports a function that Node.js 20 does not have. Nothing that runs here calls it.
import fs from "node:fs";
import { register } from "node:module";

const shim = `export * from "node:fs"; export { default } from "node:fs"; export function globSync() { throw new Error("This needs Node.js 22."); }`;
const hook = `export function resolve(specifier, context, next) {
  if (specifier === "fs" && context.parentURL?.includes("/@modelcontextprotocol/conformance/")) return { url: "data:text/javascript," + ${JSON.stringify(encodeURIComponent(shim))}, shortCircuit: true };
  return next(specifier, context);
}`;
if (fs.globSync === undefined) register("data:text/javascript," + encodeURIComponent(hook));

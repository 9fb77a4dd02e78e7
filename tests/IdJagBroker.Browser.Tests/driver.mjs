// Drives one Chromium for the tests: takes a command on each line of its standard input, answers each with a line, and ends with its input.
// Usage: node driver.mjs CHROMIUM [ARGUMENT…]
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { broken } from "./page-rules.mjs";

const [executablePath, ...args] = process.argv.slice(2);
const Patience = 30_000;                         // milliseconds, for each action
const People = new Map(), Pages = new Map();
let made = 0;

// Names resolve to nothing but this machine, so what a page asks of elsewhere fails; that it asked is noted below.
const browser = await chromium.launch({
  executablePath, timeout: 90_000, args: [...args, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost"],
});

const commands = {
  version: () => browser.version(),

  async person({ javaScriptEnabled }) {
    const context = await browser.newContext({ javaScriptEnabled, locale: "en-US", timezoneId: "UTC" });
    context.setDefaultTimeout(Patience);
    const person = { context, complaints: [] };
    watch(person);
    People.set(++made, person);
    return made;
  },
  async tab({ person }) {
    const page = await People.get(person).context.newPage();
    Pages.set(++made, page);
    return made;
  },
  cookies: ({ person }) => People.get(person).context.cookies(),
  // What was emitted before is here once every page has answered.
  async complaints({ person }) {
    const { context, complaints } = People.get(person);
    for (const page of context.pages()) await page.evaluate(() => 0);
    return complaints.splice(0);
  },
  leave: ({ person }) => People.get(person).context.close(),

  async open({ page, url }) { await Pages.get(page).goto(url); },
  async back({ page }) { await Pages.get(page).goBack(); },
  async forward({ page }) { await Pages.get(page).goForward(); },
  async reload({ page }) { await Pages.get(page).reload(); },
  fill: ({ page, label, text }) => Pages.get(page).getByLabel(label, { exact: true }).fill(text),
  click: ({ page, role, name }) => Pages.get(page).getByRole(role, { name, exact: true }).click(),
  press: ({ page, keys }) => Pages.get(page).keyboard.press(keys),
  type: ({ page, text }) => Pages.get(page).keyboard.type(text),
  see: ({ page, role, name, timeout }) => Pages.get(page).getByRole(role, { name, exact: true }).waitFor({ timeout }),
  alert: ({ page, text }) => Pages.get(page).getByRole("alert").getByText(text, { exact: true }).or(Pages.get(page).getByRole("alert").and(Pages.get(page).getByText(text, { exact: true }))).waitFor(),
  arrive: ({ page, url }) => Pages.get(page).waitForURL(address => address.href.startsWith(url)),
  value: ({ page, label }) => Pages.get(page).getByLabel(label, { exact: true }).inputValue(),
  description: ({ page, label }) => Pages.get(page).getByLabel(label, { exact: true }).evaluate(field =>
    (field.getAttribute("aria-describedby") ?? "").split(" ").map(id => document.getElementById(id)?.innerText ?? "").join(" ").trim()),
  focused: async ({ page }) => /^- (\w+(?: "(?:[^"\\]|\\.)*")?)/.exec(await Pages.get(page).locator(":focus").ariaSnapshot())[1],
  url: ({ page }) => Pages.get(page).url(),
  title: ({ page }) => Pages.get(page).title(),
  text: ({ page }) => Pages.get(page).innerText("body"),
  html: ({ page }) => Pages.get(page).content(),
  async answer({ page }) {
    const response = Pages.get(page).document;
    return { status: response.status(), headers: await response.allHeaders() };
  },
  places: ({ page }) => Pages.get(page).places ?? [],
  broken: ({ page, rules }) => broken(Pages.get(page), rules),
  async picture({ page, path, width, height }) {
    const tab = Pages.get(page), cdp = await tab.context().newCDPSession(tab);
    await cdp.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 2, mobile: false });
    const { data } = await cdp.send("Page.captureScreenshot", { format: "png" });
    await writeFile(path, data, "base64");
    await cdp.send("Emulation.clearDeviceMetricsOverride");
  },
};

// What no page may do, in any scenario.
function watch({ context, complaints }) {
  const isLoopback = url => !/^(https?|wss?):/.test(url) || /^(127\.0\.0\.1|localhost|.*\.localhost)$/.test(new URL(url).hostname);
  context.on("request", request => { if (!isLoopback(request.url())) complaints.push(`asked for ${request.url()}`); });
  context.on("requestfailed", request => {
    // Left for another page; or forbidden by the policy, which the console tells better.
    if (!["net::ERR_ABORTED", "csp"].includes(request.failure()?.errorText)) complaints.push(`${request.url()} failed: ${request.failure()?.errorText}`);
  });
  context.on("response", response => {
    const request = response.request();
    if (!request.isNavigationRequest() || request.frame().parentFrame() !== null) return;
    const page = request.frame().page();
    if (response.status() !== 204) page.document = response;
    (page.places ??= []).push(new URL(response.url()).origin);
  });
  context.on("console", message => {
    if (!["error", "warning", "assert"].includes(message.type())) return;
    const { url } = message.location();
    // Not of the page: that its document came with status 400 or more, which is the scenario's to judge; that there is no icon.
    const expected = message.text().startsWith("Failed to load resource:") && (url === message.page()?.document?.url() || url.endsWith("/favicon.ico"));
    if (!expected) complaints.push(`console: ${message.text()}`);
  });
  context.on("weberror", error => complaints.push(`script: ${error.error().message}`));
  context.on("dialog", dialog => { complaints.push(`dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}); });
}

async function answer(line) {
  const { id, command, ...given } = JSON.parse(line);
  try {
    return { id, value: await commands[command](given) ?? null };
  } catch (error) {
    return { id, error: `${command} ${JSON.stringify(given)}: ${error.message}${await where(Pages.get(given.page))}` };
  }
}

async function where(page) {
  if (page === undefined) return "";
  const text = await page.innerText("body", { timeout: 1000 }).catch(() => "");
  return `\nat ${page.url()}\n${text.slice(0, 1000)}`;
}

for await (const line of createInterface({ input: process.stdin }))
  answer(line).then(done => process.stdout.write(JSON.stringify(done) + "\n"));
await browser.close();

// What every page must keep to, in whatever state it is shown: each rule says how it is broken, or nothing.
import axe from "axe-core";

const Standards = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const Desk = { width: 1280, height: 720 };

const Rules = { headers, scripts, accessibility, keyboard, narrow, large };

// The findings of some of the rules, or of all.
export async function broken(page, names) {
  const findings = [];
  for (const name of names ?? Object.keys(Rules)) findings.push(...await Rules[name](page));
  await page.setViewportSize(Desk);
  return findings;
}

// OWASP's secure headers; nothing is loaded, framed or kept.
async function headers(page) {
  const given = await page.document.allHeaders();
  const policy = Object.fromEntries((given["content-security-policy"] ?? "").split(";").map(part => part.trim().split(/\s+/)).map(([name, ...sources]) => [name, sources.join(" ")]));
  const expected = (name, found, wanted) => wanted.test(found ?? "") ? [] : [`${name} is ${JSON.stringify(found)}`];
  return [
    ...["default-src", "base-uri", "frame-ancestors"].flatMap(name => expected(name, policy[name], /^'none'$/)),
    ...expected("form-action", policy["form-action"], /./),
    ...expected("script-src", policy["script-src"] ?? "'none'", /^'none'$/),
    ...expected("style-src", policy["style-src"] ?? "'none'", /^('none'|'sha256-\S+'|'self')$/),
    ...expected("cache-control", given["cache-control"], /no-store/),
    ...expected("content-type", given["content-type"], /^text\/html; ?charset=utf-8$/i),
    ...expected("referrer-policy", given["referrer-policy"], /^no-referrer$/),
    ...expected("x-content-type-options", given["x-content-type-options"], /^nosniff$/),
    ...expected("x-frame-options", given["x-frame-options"], /^DENY$/),
  ];
}

// People may have switched them off.
function scripts(page) {
  return page.evaluate(() => [...document.querySelectorAll("*")].flatMap(element => [
    ...(element.localName === "script" ? ["a script element"] : []),
    ...[...element.attributes].filter(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value)).map(({ name }) => `a script in ${element.localName}'s ${name}`),
  ]));
}

// In light and dark.
async function accessibility(page) {
  if (!await page.evaluate(() => "axe" in window)) await page.evaluate(axe.source);
  const findings = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { violations, incomplete, passes } = await page.evaluate(values => window.axe.run(document, { runOnly: { type: "tag", values } }), Standards);
    const undecided = incomplete.filter(({ impact }) => impact === "serious" || impact === "critical");
    const tell = result => `${colorScheme}: ${result.id} (${result.impact}): ${result.nodes.map(node => node.target.join(" ")).join(", ")}`;
    findings.push(...violations.map(tell), ...undecided.map(result => `undecided: ${tell(result)}`));
    if (!passes.concat(violations, incomplete).some(({ id }) => id === "color-contrast")) findings.push(`${colorScheme}: no contrast was measured`);
  }
  await page.emulateMedia({ colorScheme: null });
  return findings;
}

// Every control is reached with Tab, in the order of the page, and shows that it has the focus.
async function keyboard(page) {
  const controls = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")].filter(one => one.checkVisibility());
    window.controls = all.filter((one, i) => one.type !== "radio" || all.findIndex(other => other.type === "radio" && other.name === one.name) === i);     // a group of them is one stop
    const start = document.createElement("span");              // Tab starts where the focus was, also if that is gone
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    return window.controls.map(one => one.outerHTML.split(">")[0] + ">");
  });
  const findings = [];
  for (const [index, control] of controls.entries()) {
    await page.keyboard.press("Tab");
    const { reached, visible } = await page.evaluate(i => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const [wanted, got] = [window.controls[i], document.activeElement];
      return { reached: wanted === got || (wanted.type === "radio" && got.name === wanted.name), visible: outlineStyle !== "none" && parseFloat(outlineWidth) > 0 };
    }, index);
    if (!reached) return [...findings, `Tab does not reach ${control}`];
    if (!visible) findings.push(`no focus to see on ${control}`);
  }
  return findings;
}

// WCAG 1.4.10: 320 CSS pixels, no scrolling in two dimensions.
async function narrow(page) {
  await page.setViewportSize({ width: 320, height: 640 });
  return wider(page, "at 320 px");
}

// WCAG 1.4.4: text at 200 %.
async function large(page) {
  await page.setViewportSize({ width: 640, height: 640 });
  await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
  const findings = await wider(page, "with text of 200 %");
  await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
  return findings;
}

const wider = (page, when) => page.evaluate(when => {
  const room = document.documentElement.clientWidth;
  return document.documentElement.scrollWidth > room ? [`scrolls sideways ${when}: ${document.documentElement.scrollWidth} in ${room} px`] : [];
}, when);

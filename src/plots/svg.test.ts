import assert from "node:assert/strict";
import { test } from "node:test";
import { element, escapeXml, text } from "./svg.js";

test("what has a meaning in XML is escaped, what XML forbids is replaced", () => {
  assert.equal(escapeXml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  assert.equal(escapeXml("a\u0000\u001b\ud800\uffffb\té🙂"), "a\ufffd\ufffd\ufffd\ufffdb\té🙂");
});

test("an element's attributes are escaped and its numbers short", () => {
  assert.equal(element("g", { class: '"', x: 1 / 3, y: -0.001 }), '<g class="&quot;" x="0.33" y="0"/>');
  assert.equal(element("g", {}, element("a", {}), "b"), "<g><a/>b</g>");
  assert.equal(text(1, 2, "<", { className: "c" }), '<text x="1" y="2" class="c" text-anchor="start">&lt;</text>');
});

import fc from "fast-check";

/** A number from the fictional ranges, in the groups in which its country writes it. */
const fictionalNumber = fc.oneof(
  fc
    .tuple(fc.constantFrom("415", "212", "305", "737"), fc.integer({ min: 100, max: 199 }))
    .map(([area, line]) => ({
      country: "US" as const,
      code: "1",
      trunk: "",
      groups: [area, "555", `0${line}`],
    })),
  fc.integer({ min: 0, max: 999 }).map((line) => ({
    country: "GB" as const,
    code: "44",
    trunk: "0",
    groups: ["20", "7946", `0${String(line).padStart(3, "0")}`],
  })),
  fc.integer({ min: 0, max: 999 }).map((line) => ({
    country: "GB" as const,
    code: "44",
    trunk: "0",
    groups: ["7700", `900${String(line).padStart(3, "0")}`],
  })),
);

/** A fictional number in one of the ways people type them, with its E.164 form. */
export const typedNumber = fictionalNumber.chain(({ country, code, trunk, groups }) => {
  const [area = "", ...rest] = groups;
  const national = fc
    .tuple(fc.constantFrom(" ", "-", ".", "", " - ", "\u00a0", "–"), fc.boolean())
    .map(([gap, inParentheses]) =>
      [inParentheses ? `(${trunk}${area})` : `${trunk}${area}`, ...rest].join(gap),
    );
  const international = fc
    .tuple(fc.constantFrom("+", "00", "00 ", "011 ", "+ "), fc.constantFrom(" ", "-", ".", ""), fc.boolean())
    .map(
      ([prefix, gap, withTrunk]) =>
        `${prefix}${[code, ...(withTrunk && trunk ? ["(0)"] : []), area, ...rest].join(gap)}`,
    )
    // In Britain, 011 begins a national number.
    .filter((typed) => country === "US" || !typed.startsWith("011"));
  const around = fc.constantFrom(
    ["", ""],
    ["cell: ", ""],
    ["", " (after 5)"],
    ["", " x204"],
    ["", " ext. 12"],
    ["home ", " "],
  );
  return fc.tuple(fc.oneof(national, international), around).map(([typed, [before, after]]) => ({
    country,
    e164: `+${code}${groups.join("")}`,
    typed: `${before}${typed}${after}`,
  }));
});

import fc from "fast-check";
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { describe, expect, test } from "vitest";
import {
  type CountryCode,
  formatPhoneNumber,
  readClioPhoneField,
  readPhoneNumber,
} from "../../../src/calls/matching/phone-number.ts";
import { typedNumber } from "../arbitrary-numbers.ts";

describe("a whole number", () => {
  test.each<[typed: string, country: CountryCode, e164: string]>([
    ["+14155552171", "US", "+14155552171"],
    ["+1 (415) 555-2171", "US", "+14155552171"],
    ["the caller is +1 (415) 555-2171", "US", "+14155552171"],
    ['"415.555.2171"', "US", "+14155552171"],
    ["(+1) 415 555 2171", "GB", "+14155552171"],
    ["4,155,552,171", "US", "+14155552171"],
    ["tel:+1-415-555-2171;ext=5", "US", "+14155552171"],
    ["sip:+14155552171@198.51.100.7", "US", "+14155552171"],
    // a plus that was not percent-encoded, or just a space
    [" 14155552171", "US", "+14155552171"],
    [" 442079460958", "US", "+442079460958"],
    [" 4155552171", "US", "+14155552171"],
    [" 020 7946 0958", "GB", "+442079460958"],
    // extensions are ignored
    ["415-555-2171 ext 204", "US", "+14155552171"],
    ["415.555.2171 x204", "US", "+14155552171"],
    ["415-555-2171, ext. 204", "US", "+14155552171"],
    ["4155552171#204", "US", "+14155552171"],
    // international prefixes
    ["011 44 20 7946 0958", "US", "+442079460958"],
    ["0044 20 7946 0958", "US", "+442079460958"],
    ["00 1 415 555 2171", "GB", "+14155552171"],
    ["+44 (0)20 7946 0958", "US", "+442079460958"],
    ["07700 900123", "GB", "+447700900123"],
    // other scripts
    ["٤١٥٥٥٥٢١٧١", "US", "+14155552171"],
    ["४१५-५५५-२१७१", "US", "+14155552171"],
    ["+１４１５５５５２１７１", "GB", "+14155552171"],
    // repeated, or beside other digits
    ["415-555-2171 / +14155552171", "US", "+14155552171"],
    ["+14155552171 (last four 2171)", "US", "+14155552171"],
    ["415-555-2171 called at 1730", "US", "+14155552171"],
    // without a plus, the keypad digits of a withheld word can be a real number
    ["7378742833", "US", "+17378742833"],
    ["266696687", "GB", "+44266696687"],
  ])("%j in %s is %s", (typed, country, e164) => {
    expect(readPhoneNumber(typed, country)).toEqual({ kind: "whole", e164, lastFour: e164.slice(-4) });
  });
});

describe("a whole number of North America in E.164", () => {
  /** What libphonenumber makes of it. */
  function expectLikeLibrary(digits: string, country: CountryCode): void {
    const parsed = parsePhoneNumberFromString(`+1${digits}`, { defaultCountry: country, extract: false });
    expect(parsed?.isPossible()).toBe(true);
    const whole = { kind: "whole", e164: parsed?.number, lastFour: digits.slice(-4) };
    expect(readPhoneNumber(`+1${digits}`, country)).toEqual(whole);
    expect(readPhoneNumber(` 1${digits}`, country)).toEqual(whole);
    expect(readPhoneNumber(`+1 ${digits}`, country)).toEqual(whole);
  }

  test("is read like any other spelling of it, in every country", () => {
    const digits = fc.tuple(fc.integer({ min: 2, max: 9 }), fc.stringMatching(/^\d{9}$/));
    fc.assert(
      fc.property(digits, fc.constantFrom(...getCountries()), ([first, rest], country) =>
        expectLikeLibrary(`${first}${rest}`, country),
      ),
      { numRuns: 3_000 },
    );
  });

  test.each(["US", "GB"] as const)(
    "is read like any other spelling of it, with every area code, in %s",
    (country) => {
      for (let area = 200; area <= 999; area += 1) expectLikeLibrary(`${area}5550171`, country);
    },
  );

  test("is read like libphonenumber does in a phone field, with or without the country code", () => {
    const northAmerican = getCountries().filter((country) => getCountryCallingCode(country) === "1");
    const spelling = fc.constantFrom("", "1", "+1");
    const digits = fc.stringMatching(/^[1-9][0-9]{8,10}$/);
    fc.assert(
      fc.property(spelling, digits, fc.constantFrom(...northAmerican, "GB"), (prefix, rest, country) => {
        const typed = `${prefix}${rest}`;
        const parsed = parsePhoneNumberFromString(typed, { defaultCountry: country, extract: false });
        const [number] = readClioPhoneField(typed, country);
        if (parsed?.isPossible()) expect(number).toEqual({ e164: parsed.number, extension: null });
        else expect(number).not.toHaveProperty("e164");
      }),
      { numRuns: 3_000 },
    );
  });

  test.each(["+1055550171", "+11155550171", "+1415555017", "+141555501712", "1 4155550171\n2"])(
    "%j isn't one",
    (text) => {
      const spaced = readPhoneNumber(`${text[0]} ${text.slice(1)}`, "US");
      expect(readPhoneNumber(text, "US")).toEqual(spaced);
    },
  );
});

describe("last four digits", () => {
  test.each<[typed: string, lastFour: string]>([
    ["2171", "2171"],
    [" 2171", "2171"],
    ["2 1 7 1", "2171"],
    ["2, 1, 7, 1", "2171"],
    ["21-71", "2171"],
    ["it ends in 2171.", "2171"],
    ["2171 (last 4)", "2171"],
    ["last 4: 2171", "2171"],
    ["xxx-xxx-2171", "2171"],
    ["555-2171", "2171"],
    ["555.2171 x204", "2171"],
    ["555-2171 called at 1730", "2171"],
    ["+4155552171", "2171"],
    ["99999999999999999992171", "2171"],
    ["٢١٧١", "2171"],
    ["𝟮𝟭𝟳𝟭", "2171"],
  ])("of %j are %s", (typed, lastFour) => {
    expect(readPhoneNumber(typed, "US")).toEqual({ kind: "last_4", lastFour });
  });

  test("are what four digits mean, even in countries with numbers that short", () => {
    // Niue and Saint Helena have numbers of four digits.
    expect(readPhoneNumber("2171", "SH")).toEqual({ kind: "last_4", lastFour: "2171" });
    expect(readPhoneNumber("2171", "NU")).toEqual({ kind: "last_4", lastFour: "2171" });
  });
});

test.each([
  "",
  "   ",
  "anonymous",
  "Anonymous",
  "RESTRICTED",
  "private",
  "unknown",
  "Unavailable",
  "blocked",
  "Private number",
  "unknown caller",
  "<Restricted>",
  "sip:anonymous@anonymous.invalid",
  "+266696687",
  " 266696687",
  "266696687",
  "+7378742833",
  "+8656696",
  "+86282452253",
  "+7748283",
  "+2562533",
  "the caller ID is +266696687",
])("%j is withheld", (typed) => {
  expect(readPhoneNumber(typed, "US")).toEqual({ kind: "withheld" });
});

test.each([
  "21",
  "217",
  "-",
  "the caller",
  "{{caller_id}}",
  "1-2-3",
  "415-555-2171 or 415-555-0199",
  "2171 or 0199",
])("%j is unreadable", (typed) => {
  expect(readPhoneNumber(typed, "US")).toEqual({ kind: "unreadable" });
});

describe("a phone field of Clio", () => {
  const whole = (e164: string, extension: string | null = null) => ({ e164, extension });
  test.each<[typed: string, numbers: ReturnType<typeof readClioPhoneField>]>([
    ["(415) 555-0150", [whole("+14155550150")]],
    ["415 555-01 50", [whole("+14155550150")]],
    ["415/555-0150", [whole("+14155550150")]],
    ["cell: (415) 555-0150 (after 5)", [whole("+14155550150")]],
    ["Mobile 2: 415 555 0150", [whole("+14155550150")]],
    ["415.555.0150 x204", [whole("+14155550150", "204")]],
    ["415-555-0150,,204", [whole("+14155550150", "204")]],
    ["+44 (0)20 7946 0958", [whole("+442079460958")]],
    ["0044 20 7946 0958", [whole("+442079460958")]],
    ["011 44 20 7946 0958", [whole("+442079460958")]],
    ["415-555-0101 / 0102", [whole("+14155550101"), { ending: "0102" }]],
    ["415 555 0101 or 415 555 0102", [whole("+14155550101"), whole("+14155550102")]],
    [
      "415 555 0101, 415 555 0102; 415 555 0103",
      ["0101", "0102", "0103"].map((end) => whole(`+1415555${end}`)),
    ],
    [
      "415 555 0101 | 415 555 0102 & 415 555 0103",
      ["0101", "0102", "0103"].map((end) => whole(`+1415555${end}`)),
    ],
    ["415 555 0101 x7\n415 555 0102", [whole("+14155550101", "7"), whole("+14155550102")]],
    ["home 415 555 0101 cell 415 555 0102", [whole("+14155550101"), whole("+14155550102")]],
    ["415-555-0101, ext. 204; 415-555-0102", [whole("+14155550101", "204"), whole("+14155550102")]],
    ["555-0101", [{ ending: "5550101" }]],
    ["555-0101 / 555", [{ ending: "5550101" }]],
    // a time of day is not the last four digits of a number
    ["415-555-0101 (after 1730)", [whole("+14155550101")]],
    ["555-0101 (after 1730)", [{ ending: "5550101" }]],
    ["101", []],
    ["ext. 2171", []],
    ["x2171", []],
    ["415-555-0101; ext 2171", [whole("+14155550101", "2171")]],
    ["call the office", []],
    ["", []],
  ])("%j", (typed, numbers) => {
    expect(readClioPhoneField(typed, "US")).toEqual(numbers);
  });
});

test.each<[typed: string | null, phoneNumber: string | null, extension: string | null]>([
  ["(415) 555-0133", "+14155550133", null],
  ["415.555.0133 ext. 12", "+14155550133", "12"],
  ["desk 415.555.0133", "+14155550133", null],
  ["020 7946 0958", "020 7946 0958", null],
  ["0133 x12", "0133", "12"],
  ["front desk", "front desk", null],
  ["  ", null, null],
  [null, null, null],
])("%j is formatted as %j, extension %j", (typed, phoneNumber, extension) => {
  expect(formatPhoneNumber(typed, "US")).toEqual({ phoneNumber, extension });
});

// Properties

test("how a number is typed never changes how it is read", () => {
  fc.assert(
    fc.property(typedNumber, ({ country, e164, typed }) => {
      expect(readPhoneNumber(typed, country)).toEqual({ kind: "whole", e164, lastFour: e164.slice(-4) });
      expect(readClioPhoneField(typed, country)).toEqual([
        { e164, extension: /(?:x|ext\. )(\d+)$/.exec(typed)?.[1] ?? null },
      ]);
    }),
    { numRuns: 2000 },
  );
});

const digitsOfManyScripts = fc.constantFrom(..."0123456789+ -().,;/x#*:٤١٥४１７𝟗ext or and ²½".split(""));

test("any text is read without an error, and only well-formed numbers come out", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 10_000, size: "max" }),
    fc.string({ unit: digitsOfManyScripts, maxLength: 10_000, size: "max" }),
    fc.string({ unit: digitsOfManyScripts, maxLength: 30 }),
  );
  fc.assert(
    fc.property(anything, fc.constantFrom<CountryCode>("US", "GB", "CA", "AU", "DE"), (text, country) => {
      const reading = readPhoneNumber(text, country);
      if ("lastFour" in reading) expect(reading.lastFour).toMatch(/^[0-9]{4}$/);
      if (reading.kind === "whole") expect(reading.e164).toMatch(/^\+[0-9]{5,15}$/);
      for (const number of readClioPhoneField(text, country)) {
        if ("e164" in number) expect(number.e164).toMatch(/^\+[0-9]{5,15}$/);
        else expect(number.ending).toMatch(/^[0-9]{4,}$/);
      }
      formatPhoneNumber(text, country);
    }),
    { numRuns: 1000 },
  );
});

test.each(["9", "+", "1 ", "+1", "1x", "1 ext ", "(", " ", "٤", "1,", "anonymous "])(
  "10 kB of %j are read quickly",
  (piece) => {
    const text = piece.repeat(10_000 / piece.length);
    const start = performance.now();
    for (let i = 0; i < 20; i += 1) readPhoneNumber(text, "US");
    expect((performance.now() - start) / 20).toBeLessThan(20);
  },
);

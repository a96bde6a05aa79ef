import { type CallerNumber, type CountryCode, readPhoneNumber } from "../../calls/matching/phone-number.ts";
import { InvalidRequestError } from "../../errors.ts";

const MOST_TELLING_FIRST: readonly CallerNumber["kind"][] = ["whole", "last_4", "withheld"];

/**
 * The caller's number out of the parameters that can hold it: of several the one that says most, the first where two
 * say as much.
 * @param parameters what was given, by parameter name
 * Throws `InvalidRequest` naming a parameter that cannot be read, or all of them when none was given.
 */
export function callerNumber(
  parameters: Readonly<Record<string, string | undefined>>,
  country: CountryCode,
): CallerNumber {
  const readings = Object.entries(parameters).flatMap(([name, text]) =>
    text === undefined ? [] : [readParameter(name, text, country)],
  );
  const [best] = readings.toSorted(
    (one, other) => MOST_TELLING_FIRST.indexOf(one.kind) - MOST_TELLING_FIRST.indexOf(other.kind),
  );
  if (best) return best;
  const names = Object.keys(parameters).join(" or ");
  throw new InvalidRequestError(
    `${names}: required: the caller's number, for example +14155550171, or its last four digits, for example 0171.`,
  );
}

function readParameter(name: string, text: string, country: CountryCode): CallerNumber {
  const reading = readPhoneNumber(text, country);
  if (reading.kind !== "unreadable") return reading;
  throw new InvalidRequestError(
    `${name}: needs at least four digits of one phone number, for example 0171 or +14155550171.`,
  );
}

import { type CallerNumber, type CountryCode, readPhoneNumber } from "../../calls/matching/phone-number.ts";
import { InvalidRequestError } from "../../errors.ts";

const MOST_PRECISE_FIRST: readonly CallerNumber["kind"][] = ["whole", "last_4", "withheld"];

/**
 * The caller's number from the parameters that can contain it. Of several it takes the most precise, and of equally precise
 * ones the first.
 * @param parameters the values sent, by parameter name
 * Throws `InvalidRequestError`, which names the unreadable parameter, or all of them if none was sent.
 */
export function callerNumber(
  parameters: Readonly<Record<string, string | undefined>>,
  country: CountryCode,
): CallerNumber {
  const numbers = Object.entries(parameters).flatMap(([name, text]) =>
    text === undefined ? [] : [readNumber(name, text, country)],
  );
  const [best] = numbers.toSorted(
    (one, other) => MOST_PRECISE_FIRST.indexOf(one.kind) - MOST_PRECISE_FIRST.indexOf(other.kind),
  );
  if (best) return best;
  const names = Object.keys(parameters).join(" or ");
  throw new InvalidRequestError(
    `${names} is required: the caller's number, for example +14155550171, or its last four digits, for example 0171.`,
  );
}

function readNumber(name: string, text: string, country: CountryCode): CallerNumber {
  const number = readPhoneNumber(text, country);
  if (number.kind !== "unreadable") return number;
  throw new InvalidRequestError(
    `${name} must contain at least four digits of exactly one phone number, for example +14155550171 or 0171.`,
  );
}

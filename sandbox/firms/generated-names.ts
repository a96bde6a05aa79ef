import { type Random, weighted, zipf } from "./random.ts";

/** The parts of an invented person's name. */
export interface PersonName {
  first: string;
  middle: string | null;
  last: string;
}

const words = (text: string) => text.trim().split(/\s+/);

/** Roughly by frequency in the United States. */
const FIRST_NAMES = words(`
  James Mary Michael Patricia Robert Jennifer John Linda David Elizabeth William Barbara Richard Susan Joseph Jessica
  Thomas Sarah Charles Karen Christopher Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark Margaret Donald Ashley
  Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa George Deborah
  Timothy Stephanie Ronald Rebecca Jason Sharon Edward Laura Jeffrey Cynthia Ryan Dorothy Jacob Amy Gary Kathleen
  Nicholas Angela Eric Shirley Jonathan Emma Stephen Brenda Larry Pamela Justin Nicole Scott Anna Brandon Samantha
  Benjamin Katherine Samuel Christine Gregory Debra Alexander Rachel Patrick Carolyn Frank Janet Raymond Maria Jack
  Olivia Dennis Heather Jerry Helen Tyler Catherine Aaron Diane Jose Julie Adam Victoria Nathan Joyce Henry Lauren
  Zachary Kelly Douglas Christina Peter Ruth Kyle Joan Noah Virginia Ethan Judith Jeremy Evelyn Christian Hannah
  Walter Andrea Keith Megan Austin Cheryl Roger Jacqueline Terry Madison Sean Teresa Gerald Abigail Carl Sophia Dylan
  Martha Harold Sara Jordan Gloria Jesse Janice Bryan Kathryn Lawrence Ann Arthur Isabella Gabriel Judy Bruce
  Charlotte Logan Julia Billy Grace Joe Amber Alan Alice Juan Jean Elijah Denise Willie Frances Albert Danielle Wayne
  Marilyn Randy Natalie Mason Beverly Vincent Diana Liam Brittany Roy Theresa Bobby Kayla Caleb Alexis Bradley Doris
  Russell Lori Lucas Tiffany José María Andrés Inés Zoë Renée André Björn Søren Łukasz Thanh Priya Yusuf Mohammed
  Dmitri Siobhan Caitlín Xiomara Agnieszka Joaquín Wei Hiroshi Fatima Olga Ivan Chloé Noémie Anne-Marie Jean-Luc
  J.R.`);

const LAST_NAMES = words(`
  Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
  Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
  Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
  Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers
  Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez
  Wood James Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez
  Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher Vasquez Simmons Romero
  Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno West Cole Hayes Bryant Herrera Gibson
  Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens Harrison Fernandez McDonald Woods Washington
  Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez
  Silva Shaw Snyder Mason Dixon Muñoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox
  Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn
  Kelley Spencer Hawkins O'Brien O'Connor Núñez Peña Müller Østergaard Kowalski Volkov Demir Petrakis Okafor Haddad
  Tanaka Singh Ibrahim Dubois Lindqvist`);

/** Many last names are in no list of common names. These parts combine into such names. */
const NAME_STEMS = words(`
  Ash Birk Brad Bran Carl Chad Clay Col Crom Dal Den Dun East Ed El Fair Farn Gar Glen Gran Had Hal Har Hart Hath Hol
  Kel Kirk Lang Lin Lock Mar Mel Mer Mil Nor Oak Pem Pres Rad Red Rock Rom Rush Shel Stan Stock Thorn Wad Wal War Wel
  West Whit Win`);
const NAME_ENDINGS = words(
  "berg bourne bridge brook burn bury by combe croft dale den field ford gate ham holm hurst ington ley low man mere mond mont more son stead ston thorpe ton vale wald way well wick wood worth",
);

const COMPANY_PREFIXES = words(`
  Acme Summit Pacific Golden Evergreen Liberty Pioneer Cascade Harbor Redwood Sterling Northgate Bluebird Granite
  Riverside Lakeside Sunset Heritage Atlas Beacon Crescent Keystone Magnolia Meridian Oakmont Patriot Quantum Sierra
  Silverline Tidewater Unity Vanguard Westwood Zenith Bayview Cedar Diamond Eagle Falcon Frontier`);
const TRADES = words(`
  Construction Plumbing Industries Properties Holdings Roofing Logistics Consulting Foods Electric Landscaping Motors
  Dental Realty Partners Imports Media Textiles Pharmacy Bakery Insurance Manufacturing Systems Farms Security`);
const LEGAL_FORMS = ["LLC", "Inc.", "Corp.", "Ltd.", "Co.", "L.L.C.", "LLP", ""];

const commonFirst = zipf(FIRST_NAMES);
const commonLast = zipf(LAST_NAMES);
const commonTrade = zipf(TRADES);
const legalForm = zipf(LEGAL_FORMS);
const kindOfLastName = weighted([
  ["common", 55],
  ["compound", 38],
  ["double", 5],
  ["particle", 2],
] as const);
const kindOfCompany = weighted([
  ["trade", 45],
  ["owner", 30],
  ["partners", 15],
  ["long", 10],
] as const);

/** A first name, common ones more often. */
export function firstName(random: Random): string {
  return commonFirst(random);
}

/** A last name: a common, compound or double one, or one with a particle. */
export function lastName(random: Random): string {
  switch (kindOfLastName(random)) {
    case "common":
      return commonLast(random);
    case "compound":
      return random.pick(NAME_STEMS) + random.pick(NAME_ENDINGS);
    case "double":
      return `${commonLast(random)}${random.pick(["-", " "])}${commonLast(random)}`;
    case "particle":
      return `${random.pick(["de la", "van der", "von", "Di"])} ${random.pick(["Cruz", "Berg", "Stein", "Rosa"])}`;
  }
}

/** A full name with the given last name; some have a middle name or initial. */
export function personName(random: Random, last = lastName(random)): PersonName {
  const first = firstName(random);
  const middle = random.chance(0.2) ? firstName(random) : null;
  const initial = middle !== null && random.chance(0.5) ? `${middle.slice(0, 1)}.` : middle;
  return { first, middle: initial, last };
}

/** A company name with or without a legal form. */
export function companyName(random: Random): string {
  const name = companyBaseName(random);
  return `${name} ${legalForm(random)}`.trim();
}

function companyBaseName(random: Random): string {
  switch (kindOfCompany(random)) {
    case "trade":
      return `${random.pick(COMPANY_PREFIXES)} ${commonTrade(random)}`;
    case "owner":
      return `${lastName(random)} ${commonTrade(random)}`;
    case "partners":
      return `${lastName(random)} & ${random.pick(["Sons", "Associates", lastName(random)])}`;
    case "long":
      return `${random.pick(COMPANY_PREFIXES)} ${lastName(random)} ${commonTrade(random)}`;
  }
}

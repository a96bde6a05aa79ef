/** The names of all time zones to choose from, and the one that is chosen, which may have another name. */
export function timeZones(chosen: string): string[] {
  return [...new Set([chosen, ...Intl.supportedValuesOf("timeZone")])].toSorted();
}

/**
 * A clock that can be moved ahead, so that a benchmark need not wait five minutes for a poll. Preloaded into the service or
 * the sandbox (`node --import`). `CLOCK_AHEAD_MS` is the offset at the start; SIGUSR2 adds `CLOCK_STEP_MS` to it.
 */
const { CLOCK_AHEAD_MS = "0", CLOCK_STEP_MS = "0" } = process.env;
const real = Date.now.bind(Date);
let offsetMs = Number(CLOCK_AHEAD_MS);

Date.now = () => real() + offsetMs;
process.on("SIGUSR2", () => {
  offsetMs += Number(CLOCK_STEP_MS);
});

/**
 * Loaded before the service or the sandbox (`node --import`): a clock that can be moved ahead, so that a bench does not
 * wait for what happens in five minutes. `CLOCK_AHEAD` says by how many milliseconds at the start; SIGUSR2 moves it on by
 * `CLOCK_STEP`.
 */
const { CLOCK_AHEAD = "0", CLOCK_STEP = "0" } = process.env;
const real = Date.now.bind(Date);
let ahead = Number(CLOCK_AHEAD);

Date.now = () => real() + ahead;
process.on("SIGUSR2", () => {
  ahead += Number(CLOCK_STEP);
});

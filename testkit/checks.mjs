/** For the checks that run as scripts: a line for each, and at the end how many did. */

let passed = 0;
let failed = 0;

/**
 * @param {string} name what holds when `body` does not throw
 * @param {() => unknown} body may be async
 * @returns {Promise<boolean>} whether it holds
 */
export async function check(name, body) {
  try {
    await body();
    passed += 1;
    console.log(`ok ${name}`);
    return true;
  } catch (error) {
    failed += 1;
    const message = error instanceof Error ? error.message : String(error);
    console.log(`not ok ${name}\n${message.replaceAll(/^/gm, "  ")}`);
    return false;
  }
}

/** The last line; the process ends with 1 when anything failed. */
export function report() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

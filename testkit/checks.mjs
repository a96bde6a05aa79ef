/** Reports the checks of a script: a line for each, and a summary. */

let passed = 0;
let failed = 0;

/**
 * @param {string} name what is true if `body` doesn't throw
 * @param {() => unknown} body may be async
 * @returns {Promise<boolean>} whether the check passed
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

/** Prints the summary. The process exits with 1 if any check failed. */
export function report() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

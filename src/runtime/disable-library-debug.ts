/**
 * Turns off the debug output of libraries. With `DEBUG=*`, simple-oauth2 prints tokens to standard error, and Express prints
 * callers' numbers. The package `debug` reads the variable when it is loaded, so this has to be a command's first import.
 */
delete process.env.DEBUG;

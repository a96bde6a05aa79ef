/**
 * The environment that every process started by a test gets, without the settings of the developer's own service.
 * `NODE_COMPILE_CACHE` comes from the vitest configuration.
 */
export const CHILD_ENV: Readonly<NodeJS.ProcessEnv> = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

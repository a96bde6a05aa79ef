import { Eta } from "eta";

/** The pages, each a function from what it shows to HTML. Everything shown is escaped. */
export interface Views {
  /** Something did not work: what happened, and how to go on. */
  problem(page: {
    title: string;
    detail: string;
    requestId: unknown;
    next: { href: string; label: string } | undefined;
  }): string;
  /** A user has connected; with the firm's first bearer key, the one time that it is shown. */
  connected(page: {
    userName: string | null;
    firmName: string | null;
    publicUrl: string;
    bearerKey: string | null;
  }): string;
}

/** Where the stylesheet lies, to be served below `/assets`. */
export const STYLESHEET = `${import.meta.dirname}/style.css`;

/** Reads the templates beside this file; each is compiled at its first use. */
export function createViews(): Views {
  const eta = new Eta({ views: import.meta.dirname, cache: true, autoEscape: true });
  return {
    problem: (page) => eta.render("./problem", page),
    connected: (page) => eta.render("./connected", page),
  };
}

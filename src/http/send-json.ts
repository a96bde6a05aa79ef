import type { Response } from "express";

/**
 * Sends an answer that must not be stored, as JSON. Express's own `response.json` also looks for an ETag, a fresh copy and
 * formatting, none of which the receptionist uses.
 */
export function sendJson(response: Response, body: object): void {
  const text = JSON.stringify(body);
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(text);
}

import { createHash, timingSafeEqual } from "node:crypto";

/** Whether two secrets are equal, compared in constant time whatever their lengths. */
export function equalInConstantTime(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

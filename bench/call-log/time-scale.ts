/** How many times faster than in reality everything about the outbox is, Clio's rate limit included. */
export const TIME_SCALE = 60;

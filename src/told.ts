/** Whoever asked is at fault, or their surroundings are: the message is all that there is to tell them. */
export class Told extends Error {}

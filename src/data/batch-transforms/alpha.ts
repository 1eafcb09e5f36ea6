import { z } from "zod";

/** The parameter of λ ~ Beta(α, α): 1 for a uniform λ, smaller for one nearer to 0 or 1. */
export const alpha = () => z.number().min(0.001).max(1000).default(1).describe("a number from 0.001 to 1000");

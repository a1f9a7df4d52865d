/** The engines of spring 2023: the oldest ones that are supported. */
export const OLDEST_ENGINES = ["chrome111", "edge111", "firefox113", "safari16.4"];

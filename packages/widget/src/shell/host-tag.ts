/** The one element that a page gets. */
export const HOST_TAG = "mailoo-chat-widget";

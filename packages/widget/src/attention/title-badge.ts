let own = "";
let shown = "";

/** Puts a notice into the page's title. */
export function badgeTitle(notice: string): void {
  if (document.title !== shown) own = document.title;
  shown = notice;
  document.title = notice;
}

/** Gives the page its title back, unless it has set another one since. */
export function restoreTitle(): void {
  if (shown && document.title === shown) document.title = own;
  shown = "";
}

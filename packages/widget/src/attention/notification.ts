/** Shows a message outside of the page. A click on it leads to the page. */
export function notify(title: string, body: string, tag: string): void {
  try {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Android wants a service worker for it, and a permission may be gone.
  }
}

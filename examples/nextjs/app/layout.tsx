import type { Metadata } from "next";
import Script from "next/script";
import type { ReactNode } from "react";

export const metadata: Metadata = { title: "Salt & Pine, soap by the bar" };

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        {children}
        <Script src="/api/v1/webhooks/chat/widget.js" data-title="Salt &amp; Pine" data-accent="#1f5f4a" />
      </body>
    </html>
  );
}

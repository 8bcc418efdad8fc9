// The buttons that copy a command, each named by `data-copies` on its button.

import { t } from "/gallery/language.js";

for (const button of document.querySelectorAll("[data-copies]")) {
    button.textContent = t("copy");
    button.addEventListener("click", async () => {
        const command = document.getElementById(button.dataset.copies);
        try {
            await navigator.clipboard.writeText(command.textContent);
            button.textContent = t("copied");
        } catch {
            getSelection().selectAllChildren(command);
            button.textContent = t("selected");
        }
        setTimeout(() => { button.textContent = t("copy"); }, 2000);
    });
}

// The phone's side of the upload: sends the pictures that are taken or chosen, one after the other, and says how each fares.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { t, texts } from "/gallery/language.js";
import { element as made } from "/gallery/messages.js";
import { wordsOf } from "/gallery/requests.js";
import { sizeOf } from "/gallery/sizes.js";

texts({
    en: {
        waits: "Waiting",
        sending: (done) => `Sending, ${done} %`,
        sent: "Sent",
        again: "Send again",
        tooLarge: "Larger than 10 MB. Choose a smaller picture.",
        summary: (sent, all) => sent === all ? (all === 1 ? "1 picture sent" : `All ${all} pictures sent`)
            : `${sent} of ${all} sent`,
        failed: (failed) => failed === 1 ? "1 was not sent" : `${failed} were not sent`,
        "problem not-a-picture": "This is no picture in JPEG, PNG, GIF or WebP.",
        "problem heic": "Not every browser can show HEIC pictures. Send it as JPEG.",
        "problem body-too-large": "Larger than 10 MB. Choose a smaller picture.",
        "problem part-too-large": "Larger than 10 MB. Choose a smaller picture.",
        "problem too-many-pictures": "There is no room for more pictures.",
        "problem code-expired": "The code is no longer good. Scan a new one.",
    },
    "zh-CN": {
        title: "发送照片 · Fanfare",
        heading: "发送照片",
        lead: "照片会立即显示在您扫码的屏幕上。",
        take: "拍照",
        choose: "选择照片",
        kinds: "支持 JPEG、PNG、GIF 或 WebP，每张不超过 10 MB。",
        waits: "等待中",
        sending: (done) => `正在发送，${done} %`,
        sent: "已发送",
        again: "重新发送",
        tooLarge: "超过 10 MB，请选择较小的照片。",
        summary: (sent, all) => sent === all ? `${all} 张照片已全部发送` : `已发送 ${sent} / ${all} 张`,
        failed: (failed) => `${failed} 张未能发送`,
        "problem not-a-picture": "这不是 JPEG、PNG、GIF 或 WebP 图片。",
        "problem heic": "并非所有浏览器都能显示 HEIC 图片，请以 JPEG 格式发送。",
        "problem body-too-large": "超过 10 MB，请选择较小的照片。",
        "problem part-too-large": "超过 10 MB，请选择较小的照片。",
        "problem too-many-pictures": "已没有空间保存更多照片。",
        "problem code-expired": "二维码已失效，请扫描新的二维码。",
    },
});

const limit = 10 * 1024 * 1024;
const byId = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const place = new URLSearchParams({ member_id: query.get("member_id"), identifier: query.get("identifier") });
const address = `/v1/api/images?${place}`;

const uploads = [];
let isSending = false;

/** A picture on its way, and its line in the list. */
class Upload {
    state = "waits";
    #file;
    #item = document.createElement("li");
    #told = made("span", "told", "");
    #progress = document.createElement("progress");
    #again = made("button", "plain", t("again"));

    constructor(file) {
        this.#file = file;
        const image = document.createElement("img");
        image.alt = "";
        image.src = URL.createObjectURL(file);
        image.className = "thumb";
        // What the browser cannot show.
        image.addEventListener("error", () => image.replaceWith(made("span", "thumb", "")));
        this.#progress.max = 100;
        this.#progress.setAttribute("aria-label", file.name);
        this.#again.type = "button";
        this.#again.addEventListener("click", () => {
            this.#show("waits", t("waits"));
            sendAll();
        });
        const name = made("span", "name", file.name);
        name.append(made("span", "quiet small", ` ${sizeOf(file.size)}`));
        this.#item.append(image, name, this.#told, this.#progress, this.#again);
        byId("files").prepend(this.#item);
        if (file.size > limit) this.#show("refused", t("tooLarge"));
        else this.#show("waits", t("waits"));
    }

    /** Sends it; what goes wrong is shown. */
    async send() {
        this.#show("sending", t("sending", 0));
        try {
            await this.#post();
            this.#show("sent", t("sent"));
        } catch (error) {
            this.#show(error.isFinal ? "refused" : "failed", error.message);
        }
    }

    /** By XMLHttpRequest, which tells how much has been sent. */
    #post() {
        const form = new FormData();
        form.append("file", this.#file, this.#file.name);
        return new Promise((resolve, reject) => {
            const request = new XMLHttpRequest();
            request.upload.addEventListener("progress", (event) => {
                const done = event.total > 0 ? Math.floor(event.loaded / event.total * 100) : 0;
                this.#show("sending", t("sending", done));
                this.#progress.value = done;
            });
            request.addEventListener("error", () => reject(new Error(t("noAnswer"))));
            request.addEventListener("load", () => {
                if (request.status >= 200 && request.status < 300) return resolve();
                let problem = null;
                try {
                    problem = JSON.parse(request.responseText);
                } catch {
                    // No words of the server's: the status has to do.
                }
                const error = new Error(wordsOf(problem, request.status));
                // The same picture would be refused again; to anything else another try may get another answer.
                error.isFinal = [400, 410, 413, 415].includes(request.status);
                reject(error);
            });
            request.open("POST", address);
            request.send(form);
        });
    }

    #show(state, words) {
        this.state = state;
        this.#item.dataset.state = state;
        this.#told.textContent = words;
        this.#progress.hidden = state !== "sending";
        this.#again.hidden = state !== "failed";
    }
}

async function sendAll() {
    showSummary();
    if (isSending) return;
    isSending = true;
    for (let next; (next = uploads.find((upload) => upload.state === "waits"));) {
        await next.send();
        showSummary();
    }
    isSending = false;
}

function showSummary() {
    const count = (state) => uploads.filter((upload) => upload.state === state).length;
    const failed = count("failed") + count("refused");
    const words = [t("summary", count("sent"), uploads.length)];
    if (failed > 0) words.push(t("failed", failed));
    byId("summary").textContent = words.join(" · ");
}

for (const input of [byId("camera"), byId("library")]) {
    input.addEventListener("change", () => {
        for (const file of input.files) uploads.push(new Upload(file));
        input.value = "";
        sendAll();
    });
}

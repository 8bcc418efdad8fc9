// The computer's side of the upload: shows the code for the phone, and each picture as it comes. The list comes from the
// server whole, so what is shown is always what is there.
// Text of users enters the page only as text nodes; nothing here may make markup of it.

import { link, t, texts } from "/gallery/language.js";
import { showState } from "/gallery/connection.js";
import { element as made } from "/gallery/messages.js";
import { ask, refusalOf } from "/gallery/requests.js";
import { sizeOf } from "/gallery/sizes.js";
import "/gallery/copying.js";

texts({
    en: {
        count: (count) => count === 0 ? "" : count === 1 ? "1 picture" : `${count} pictures`,
        open: (name) => `Open ${name} in a new tab`,
        expiredState: "Expired",
        "problem too-many-pictures": "There is no room for more pictures at present",
    },
    "zh-CN": {
        title: "手机上传 · Fanfare",
        heading: "手机上传",
        lead: "用手机扫描二维码并拍照：每张照片都会立即显示在这里。",
        scan: "用手机扫码",
        codeAlt: "包含手机页面地址的二维码",
        expired: "此二维码已失效。只要不关闭本页，照片会一直显示在这里。",
        loopback: "此地址只能在这台电脑上使用，手机无法访问。要在网络中使用，请以 --listen 0.0.0.0:8080 --open-anywhere 启动服务器。",
        lifetime: "二维码半小时内有效。",
        renew: "生成新的二维码",
        pictures: "照片",
        empty: "还没有照片。手机发送后会立即显示。",
        follow: "跟随照片列表",
        sendOne: "发送一张照片",
        count: (count) => count === 0 ? "" : `${count} 张照片`,
        open: (name) => `在新标签页中打开 ${name}`,
        expiredState: "已失效",
        "problem too-many-pictures": "目前没有空间保存更多照片",
        "problem bad-member": "地址中的 member_id 不正确",
        "problem bad-identifier": "地址中的 identifier 不正确",
    },
});

const byId = (id) => document.getElementById(id);

/** This page's own place at the server: it stands in the address, so that a reload comes back to it. */
function place() {
    const query = new URLSearchParams(location.search);
    const member = query.get("member_id");
    const identifier = query.get("identifier");
    if (member && identifier) return { member_id: member, identifier };
    const letters = "abcdefghijkmnpqrstuvwxyz23456789";
    const drawn = crypto.getRandomValues(new Uint8Array(16));
    const fresh = { member_id: "1", identifier: [...drawn].map((byte) => letters[byte % 32]).join("") };
    for (const [name, value] of Object.entries(fresh)) query.set(name, value);
    history.replaceState(null, "", `?${query}`);
    return fresh;
}

const own = new URLSearchParams(place()).toString();

// Pictures ------------------------------------------------------------------------------------------------------------

const shown = new Map();

function itemOf(picture) {
    const item = document.createElement("li");
    const figure = document.createElement("figure");
    const anchor = document.createElement("a");
    const image = document.createElement("img");
    const caption = document.createElement("figcaption");
    anchor.href = picture.url;
    anchor.target = "_blank";
    anchor.rel = "noopener";
    anchor.setAttribute("aria-label", t("open", picture.name));
    image.src = picture.url;
    image.alt = picture.name;
    caption.append(made("span", "name", picture.name), made("span", "size", sizeOf(picture.size)));
    anchor.append(image);
    figure.append(anchor, caption);
    item.append(figure);
    return item;
}

function showPictures(pictures) {
    for (const picture of pictures) {
        if (shown.has(picture.url)) continue;
        shown.set(picture.url, picture);
        byId("pictures").prepend(itemOf(picture));
    }
    byId("empty").hidden = shown.size > 0;
    byId("count").textContent = t("count", shown.size);
}

// The code ------------------------------------------------------------------------------------------------------------

async function showCode() {
    byId("code").src = `/upload/code.svg?${own}`;
    byId("follow-command").textContent =
        `curl -N '${location.origin}/v1/api/sse/events?event=upload_by_qr&${own}'`;
    byId("send-command").textContent = `curl -F 'file=@picture.jpg' '${location.origin}/v1/api/images?${own}'`;
    const { url } = await ask("GET", `/upload/link?${own}`);
    byId("link").href = byId("link").textContent = url;
    byId("loopback").hidden = !/^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
}

function showExpired() {
    showState("ended", t("expiredState"));
    byId("code").dataset.expired = "";
    byId("expired").hidden = false;
    for (const id of ["link-line", "lifetime", "loopback"]) byId(id).hidden = true;
    byId("renew").classList.remove("second");
}

function follow() {
    const source = new EventSource(`/v1/api/sse/events?event=upload_by_qr&${own}`);
    let hasList = false;
    source.addEventListener("upload_by_qr", (event) => {
        hasList = true;
        showState("live");
        showPictures(JSON.parse(event.data));
    });
    source.addEventListener("error", async () => {
        const isEnded = source.readyState === EventSource.CLOSED;
        const wasLive = hasList;
        hasList = false;
        if (!isEnded && wasLive) return showState("reconnecting");
        // It did not begin, or not anew: only 204 says that the code's time is over.
        const { status, words } = await refusalOf(source.url);
        if (status === 204) showExpired();
        else if (!hasList) showState(isEnded ? "ended" : "reconnecting", words);
    });
}

byId("renew").addEventListener("click", () => location.assign(link("/upload")));
follow();
try {
    await showCode();
} catch (error) {
    byId("link").textContent = error.message;
}

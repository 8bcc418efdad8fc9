// The gallery's first page: its words, and two commands with this hub's address.

import { texts } from "/gallery/language.js";
import "/gallery/copying.js";

texts({
    en: {},
    "zh-CN": {
        lead: "这个服务器通过普通的 HTTP 向浏览器和程序推送事件。它正以演示模式运行：对所有能访问它的人开放，并提供以下页面供试用。每个页面都可以在两个窗口中并排打开。",
        board: "主题看板",
        boardLine: "实时显示所订阅主题的消息。分别以两个用户打开，再向某个主题发布消息：每个页面只显示自己订阅的内容。",
        asHuoyijie: "以 huoyijie 打开",
        huoyijieReads: "订阅 chatgpt 和 robot",
        asJack: "以 jack 打开",
        jackReads: "订阅 robot",
        messenger: "即时通讯",
        messengerLine: "个人消息和群消息。离线期间错过的消息会为您保留，并显示未读数。",
        upload: "手机上传",
        uploadLine: "用手机扫描二维码并拍照：每张照片都会立即出现在这个屏幕上。",
        token: "令牌推送",
        tokenLine: "使用签名令牌登录，用该令牌发送的内容会到达您的所有页面，而不会到达其他人的页面。",
        emitter: "连接注册表",
        emitterLine: "查看谁在线、打开了几个标签页；向某个用户或某个分组推送，也可以断开某个用户。",
        timers: "计时器",
        timersLine: "时钟、任何人都能从头跟随的倒计时，以及一百万行的表格下载。",
        chat: "聊天室",
        chatLine: "所有人共用的聊天室。后来的人也能看到之前的发言，并看到当前有谁在场。",
        subscribe: "订阅一个主题",
        publish: "在另一个终端中向它发布",
    },
});

document.getElementById("subscribe-command").textContent = `curl -N '${location.origin}/subscribe?topic=news'`;
document.getElementById("publish-command").textContent =
    `curl -d '{"topic": "news", "data": "hello"}' ${location.origin}/publish`;

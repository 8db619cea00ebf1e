/**
 * Problems of the page itself, where there is no core to put them into words. The words are those of
 * `client-core/src/wording/table.rs`: `tests/tests/wording.rs` compares them.
 */
import type { Localised, Problem } from "./types.ts";

const WORDS = {
  panic: {
    vi: "Ứng dụng gặp lỗi ở bước này. Những gì đã lưu vẫn an toàn; hãy mở lại ứng dụng.",
    en: "The app failed in this step. What was saved is safe; open the app again.",
  },
  core_not_loaded: {
    vi: "Ứng dụng chưa tải xong nên chưa mở được dữ liệu. Những gì đã lưu vẫn an toàn; hãy tải lại trang khi có mạng.",
    en: "The app has not loaded completely. What was saved is safe; reload the page when you are connected.",
  },
  store_unavailable: {
    vi: "Trình duyệt không cho lưu dữ liệu ở đây. Chưa có gì được lưu; hãy dùng cửa sổ thường, không ẩn danh.",
    en: "This browser does not let the app keep data here. Nothing was saved; use a window that is not private.",
  },
  store_already_open: {
    vi: "Dữ liệu đang được mở ở nơi khác. Không có gì thay đổi; hãy đóng cửa sổ kia rồi thử lại.",
    en: "The data is open elsewhere. Nothing was changed; close the other window and try again.",
  },
  interrupted: {
    vi: "Cửa sổ giữ dữ liệu đã đóng giữa chừng. Nội dung nằm trong bản ghi hoặc bản nháp; hãy xem lại trước khi lưu nữa.",
    en: "The window that held the data was closed. What you typed is in the record or its draft; look before saving again.",
  },
} satisfies Record<string, Localised>;

/** A problem that no core put into words. */
export function problem(code: keyof typeof WORDS, kept: Problem["kept"], detail?: string): Problem {
  return { code, text: WORDS[code], kept, ...(detail ? { detail } : {}) };
}

/** Whether a call failed with a problem, or with something that is a defect. */
export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "code" in error && "kept" in error;
}

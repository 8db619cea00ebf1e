//! The Đồng Bộ hub.

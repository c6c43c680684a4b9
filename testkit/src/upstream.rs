//! A git repository behind the real `git http-backend`.

package io.streamingplatform.spark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import org.sparkproject.connect.grpc.Metadata;
import org.sparkproject.connect.grpc.ServerCall;
import org.sparkproject.connect.grpc.ServerCallHandler;
import org.sparkproject.connect.grpc.ServerInterceptor;
import org.sparkproject.connect.grpc.Status;

/**
 * Lets only those call Spark Connect who know the token. Spark 3.5 has no check of its own and listens on every interface.
 * Named by spark.connect.grpc.interceptor.classes; the token is read once from the file named by SPARK_CONNECT_TOKEN_FILE.
 */
public final class TokenInterceptor implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final byte[] expected;

  public TokenInterceptor() throws IOException {
    String file = System.getenv("SPARK_CONNECT_TOKEN_FILE");
    if (file == null || file.isEmpty()) {
      throw new IllegalStateException("SPARK_CONNECT_TOKEN_FILE is not set: it must name the file with the token");
    }
    String token = Files.readString(Path.of(file)).trim();
    if (token.isEmpty()) {
      throw new IllegalStateException(file + " is empty: it must hold the token");
    }
    expected = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    String given = headers.get(AUTHORIZATION);
    if (given != null && MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8))) {
      return next.startCall(call, headers);
    }
    String why = given == null ? "the call carries no token" : "the token of the call is not the one of this server";
    call.close(Status.UNAUTHENTICATED.withDescription(why), new Metadata());
    return new ServerCall.Listener<>() {};
  }
}

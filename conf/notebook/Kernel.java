import java.util.logging.LogManager;
import org.rapaio.jupyter.kernel.MainApp;
import org.rapaio.jupyter.kernel.channels.Channels;
import org.rapaio.jupyter.kernel.core.ConnectionProperties;

/**
 * Starts the Java kernel of the notebooks. It opens its ports before it can answer, and a request
 * in between ends the thread that answers; most of that time goes into loading classes. So it
 * starts once before, on ports that nobody knows.
 */
final class Kernel {
  public static void main(String[] args) throws Exception {
    LogManager.getLogManager()
        .readConfiguration(ClassLoader.getSystemResourceAsStream("logging.properties"));
    Channels rehearsal =
        new Channels(
            new ConnectionProperties(
                0, 0, "tcp", "hmac-sha256", 0, 0, "127.0.0.1", 0, "rehearsal"));
    rehearsal.connect(MainApp.kernel);
    rehearsal.close();
    MainApp.main(args);
  }
}
